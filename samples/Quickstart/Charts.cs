using System.Globalization;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace Quickstart;

/// <summary>The pictures of the quickstart.</summary>
internal static class Charts
{
    private const string FontName = "DejaVu Sans";

    /// <summary>Told apart by every eye (Okabe and Ito).</summary>
    private static readonly Color[] LineColors = [Color.FromHex("#0072b2"), Color.FromHex("#e69f00"), Color.FromHex("#009e73"), Color.FromHex("#d55e00")];

    private static readonly MarkerShape[] Markers = [MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond, MarkerShape.FilledCircle];

    // Our own font: on a machine without any, the pictures would have no text.
    static Charts() => Fonts.AddFontFile(FontName, Path.Combine(AppContext.BaseDirectory, "fonts", "DejaVuSans.ttf"), bold: false, italic: false);

    /// <summary>
    /// Held-out loss against training time, a line a method, a point an evaluation: the same steps on the same data, so that a shorter line is a
    /// faster method, and a lower end a better one.
    /// </summary>
    public static void SaveLosses(string path, IReadOnlyList<LossCurve> curves)
    {
        using Plot plot = NewPlot("Held-out loss over training time", "seconds of training", "loss of conversations that were not trained on");
        plot.Add.HorizontalLine(curves[0].Losses[^1], 1, Colors.Gray, LinePattern.Dashed).LegendText = $"where {curves[0].Method} ends";
        foreach ((LossCurve curve, MarkerShape marker, Color color) in curves.Zip(Markers, LineColors))
        {
            Scatter line = plot.Add.Scatter(curve.Seconds, curve.Losses);
            line.LegendText = string.Create(CultureInfo.InvariantCulture, $"{curve.Method}: {curve.Losses[^1]:F3} after {curve.Seconds[^1]:F0} s");
            line.Color = color;
            line.LineWidth = 2;
            line.MarkerShape = marker;
            line.MarkerSize = 9;
        }

        plot.ShowLegend(Alignment.UpperRight);
        plot.Axes.SetLimitsX(0, 1.05 * curves.Max(curve => curve.Seconds[^1]));
        plot.SavePng(path, 1000, 600);
    }

    /// <summary>The share of sequences of each length, and of the tokens that they hold; lengths in powers of two, as they are long-tailed.</summary>
    public static void SaveLengths(string path, ReadOnlySpan<int> lengths)
    {
        const double BarWidth = 0.38;
        double[] sequences = new double[32];
        double[] tokens = new double[32];
        foreach (int length in lengths)
        {
            sequences[(int)Math.Log2(length)]++;
            tokens[(int)Math.Log2(length)] += length;
        }

        int first = Array.FindIndex(sequences, count => count > 0);
        int last = Array.FindLastIndex(sequences, count => count > 0);
        using Plot plot = NewPlot(string.Create(CultureInfo.InvariantCulture, $"Most of {lengths.Length:N0} sequences are short, most of {tokens.Sum():N0} tokens are in long ones"), "tokens of a sequence", "share, %");
        AddBars("sequences", sequences, -BarWidth / 2, Color.FromHex("#2a7ab0"));
        AddBars("tokens", tokens, BarWidth / 2, Color.FromHex("#f0c9a0"));
        plot.Axes.Bottom.TickGenerator = new NumericManual(
            [.. Enumerable.Range(first, last - first + 1).Select(power => (double)power)],
            [.. Enumerable.Range(first, last - first + 1).Select(power => string.Create(CultureInfo.InvariantCulture, $"{1 << power:N0}–{(2 << power) - 1:N0}"))]);
        plot.Axes.Margins(bottom: 0);
        plot.ShowLegend(Alignment.UpperCenter); // between the many short sequences and the long ones with the tokens
        plot.SavePng(path, 1000, 500);

        void AddBars(string name, double[] counts, double shift, Color color)
        {
            Bar[] bars = [.. Enumerable.Range(first, last - first + 1).Select(power => new Bar
            {
                Position = power + shift,
                Value = 100 * counts[power] / counts.Sum(),
                Label = counts[power] > 0 ? (100 * counts[power] / counts.Sum()).ToString("0.#", CultureInfo.InvariantCulture) : "",
                Size = BarWidth,
                FillColor = color,
                LineWidth = 0,
            })];
            BarPlot plotted = plot.Add.Bars(bars);
            plotted.LegendText = name;
            plotted.ValueLabelStyle.FontName = FontName;
        }
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
