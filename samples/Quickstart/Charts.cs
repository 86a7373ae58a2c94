using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Quickstart;

/// <summary>The pictures of the quickstart.</summary>
internal static class Charts
{
    private const string FontName = "DejaVu Sans";

    // A font of our own: on a machine without any, the pictures would have no text.
    static Charts() => Fonts.AddFontFile(FontName, Path.Combine(AppContext.BaseDirectory, "fonts", "DejaVuSans.ttf"), bold: false, italic: false);

    /// <summary>Loss against training time, a line a method: the same steps on the same data, so that a shorter line is a faster method.</summary>
    public static void SaveLosses(string path, IReadOnlyList<(string Name, double[] Seconds, double[] Losses)> curves)
    {
        using Plot plot = NewPlot("Training loss over time", "seconds of training", "loss of the step");
        foreach ((string name, double[] seconds, double[] losses) in curves)
        {
            plot.Add.ScatterLine(seconds, Smooth(losses)).LegendText = name;
        }

        plot.ShowLegend(Alignment.UpperRight);
        plot.SavePng(path, 1000, 600);
    }

    /// <summary>How many sequences have which length; lengths in powers of two, as they are long-tailed.</summary>
    public static void SaveLengths(string path, ReadOnlySpan<int> lengths)
    {
        int[] counts = new int[32];
        foreach (int length in lengths)
        {
            counts[(int)Math.Log2(length)]++;
        }

        int first = Array.FindIndex(counts, count => count > 0);
        int last = Array.FindLastIndex(counts, count => count > 0);
        using Plot plot = NewPlot("Sequence lengths", "tokens", "sequences");
        Bar[] bars = [.. Enumerable.Range(first, last - first + 1).Select(power => new Bar
        {
            Position = power,
            Value = counts[power],
            Label = counts[power].ToString(CultureInfo.InvariantCulture),
        })];
        plot.Add.Bars(bars).ValueLabelStyle.FontName = FontName;
        plot.Axes.Bottom.TickGenerator = new NumericManual(
            [.. bars.Select(bar => bar.Position)],
            [.. bars.Select(bar => string.Create(CultureInfo.InvariantCulture, $"{1 << (int)bar.Position:N0}–{(2 << (int)bar.Position) - 1:N0}"))]);
        plot.Axes.Margins(bottom: 0);
        plot.SavePng(path, 1000, 500);
    }

    /// <summary>A running mean, so that lines of noisy steps can be told apart.</summary>
    private static double[] Smooth(double[] losses)
    {
        double[] smooth = new double[losses.Length];
        for (int i = 0; i < losses.Length; i++)
        {
            smooth[i] = i == 0 ? losses[0] : (0.8 * smooth[i - 1]) + (0.2 * losses[i]);
        }

        return smooth;
    }

    private static Plot NewPlot(string title, string xLabel, string yLabel)
    {
        Plot plot = new();
        plot.Title(title);
        plot.XLabel(xLabel);
        plot.YLabel(yLabel);
        plot.Font.Set(FontName);
        return plot;
    }
}
