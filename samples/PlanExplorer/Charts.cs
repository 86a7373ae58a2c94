using System.Globalization;
using LongAlign.Batching;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace PlanExplorer;

/// <summary>The pictures of a plan.</summary>
internal static class Charts
{
    public const string FontName = "DejaVu Sans";
    public static readonly Color Work = Color.FromHex("#2a7ab0");
    public static readonly Color NextWork = Color.FromHex("#1d5680");
    public static readonly Color Idle = Color.FromHex("#f0c9a0");

    // Our own font: on a machine without any, the pictures would have no text.
    static Charts() => Fonts.AddFontFile(FontName, Path.Combine(AppContext.BaseDirectory, "fonts", "DejaVuSans.ttf"), bold: false, italic: false);

    /// <summary>As the paper's Figure 3: a row a rank, a bar a round, work and idle; one part of the same time for each batching.</summary>
    public static void SaveTimelines(string path, IReadOnlyList<PlayedBatching> methods)
    {
        // As long as a few rounds of the last batching, the longest ones there are.
        double window = Math.Min(5 * methods[^1].Timeline.TotalTime / methods[^1].Timeline.RoundCount, methods.Max(method => method.Timeline.TotalTime));
        Multiplot multiplot = new();
        multiplot.AddPlots(methods.Count);
        for (int i = 0; i < methods.Count; i++)
        {
            Draw(multiplot.GetPlot(i), methods[i], window, isLast: i == methods.Count - 1);
        }

        multiplot.SavePng(path, 1000, 230 * methods.Count);
    }

    /// <summary>Draws the shares of sequences and of tokens by length; lengths in powers of two, as they are long-tailed.</summary>
    public static void SaveLengths(string path, ReadOnlySpan<int> lengths)
    {
        double[] sequences = new double[32];
        double[] tokens = new double[32];
        foreach (int length in lengths)
        {
            int power = (int)Math.Log2(length);
            sequences[power] += 100.0 / lengths.Length;
            tokens[power] += length;
        }

        double all = tokens.Sum();
        int first = Array.FindIndex(tokens, count => count > 0);
        int last = Array.FindLastIndex(tokens, count => count > 0);
        using Plot plot = NewPlot($"Lengths of {lengths.Length.ToString("N0", CultureInfo.InvariantCulture)} sequences", "tokens of a sequence", "share, %");
        AddBars(plot, "sequences", Work, -0.2, power => sequences[power]);
        AddBars(plot, "tokens", Idle, 0.2, power => 100 * tokens[power] / all);
        plot.Axes.Bottom.TickGenerator = new NumericManual(
            [.. Enumerable.Range(first, last - first + 1).Select(power => (double)power)],
            [.. Enumerable.Range(first, last - first + 1).Select(power => string.Create(CultureInfo.InvariantCulture, $"{1L << power:N0}+"))]);
        plot.Axes.Margins(bottom: 0);
        plot.ShowLegend(Alignment.UpperRight);
        plot.SavePng(path, 1000, 450);

        void AddBars(Plot to, string name, Color color, double shift, Func<int, double> heightOf)
        {
            Bar[] bars = [.. Enumerable.Range(first, last - first + 1).Select(power => new Bar
            {
                Position = power + shift,
                Value = heightOf(power),
                Size = 0.38,
                FillColor = color,
                LineWidth = 0,
            })];
            to.Add.Bars(bars).LegendText = name;
        }
    }

    /// <summary>Draws the number of sequences M of each step of an epoch: each sequence counts 1/M in its step.</summary>
    public static void SaveSteps(string path, IReadOnlyList<PlayedBatching> methods)
    {
        const int Columns = 2;
        double top = Math.Log10(methods.Max(method => method.Timeline.Evenness.Largest)) + 0.2;
        int[] powers = [.. Enumerable.Range(0, (int)Math.Ceiling(top))];
        Multiplot multiplot = new() { Layout = new ScottPlot.MultiplotLayouts.Grid((methods.Count + Columns - 1) / Columns, Columns) };
        multiplot.AddPlots(methods.Count);
        for (int i = 0; i < methods.Count; i++)
        {
            EpochEvenness evenness = methods[i].Timeline.Evenness;
            double[] sizes = [.. evenness.StepSizes.Select(size => Math.Log10(Math.Max(1, size)))];
            Plot plot = multiplot.GetPlot(i);
            var points = plot.Add.ScatterPoints([.. Enumerable.Range(0, sizes.Length).Select(step => 100 * (step + 0.5) / sizes.Length)], sizes);
            points.Color = Work;
            points.MarkerSize = 3;
            Style(
                plot,
                string.Create(CultureInfo.InvariantCulture, $"{methods[i].Name}: M from {evenness.Smallest:N0} to {evenness.Largest:N0}, evenness {100 * evenness.Share:F0} %"),
                i >= methods.Count - Columns ? "share of the epoch's steps, %" : "",
                i % Columns == 0 ? "sequences of a step, M" : "");
            plot.Axes.SetLimits(0, 100, -0.2, top);
            plot.Axes.Left.TickGenerator = new NumericManual(
                [.. powers.Select(power => (double)power)],
                [.. powers.Select(power => Math.Pow(10, power).ToString("N0", CultureInfo.InvariantCulture))]);
        }

        multiplot.SavePng(path, 1000, 760);
    }

    private static void Draw(Plot plot, PlayedBatching method, double window, bool isLast)
    {
        var timeline = method.Timeline;
        double start = 0;
        for (int round = 0; round < timeline.RoundCount && start < window; round++)
        {
            double end = start + timeline.GetDuration(round);
            for (int rank = 0; rank < timeline.RankCount; rank++)
            {
                double busy = start + timeline.GetBusyTime(round, rank);
                AddBar(plot, start, Math.Min(busy, window), rank, round % 2 == 0 ? Work : NextWork);
                AddBar(plot, busy, Math.Min(end, window), rank, Idle);
            }

            start = end;
        }

        Style(
            plot,
            string.Create(CultureInfo.InvariantCulture, $"{method.Name}: {timeline.TimeOverIdeal:F2} x the ideal time, {100 * timeline.IdleShare:F0} % idle"),
            isLast ? "seconds; blue: work, a shade a round; sand: waiting for the slowest rank" : "",
            "rank");
        plot.Axes.SetLimits(0, window, timeline.RankCount - 0.5, -0.5);
        plot.Axes.Left.TickGenerator = new NumericManual(
            [.. Enumerable.Range(0, timeline.RankCount).Where(rank => rank % Math.Max(1, timeline.RankCount / 8) == 0).Select(rank => (double)rank)],
            [.. Enumerable.Range(0, timeline.RankCount).Where(rank => rank % Math.Max(1, timeline.RankCount / 8) == 0).Select(rank => rank.ToString(CultureInfo.InvariantCulture))]);
        plot.HideGrid();
    }

    /// <summary>A bar in a row.</summary>
    public static void AddBar(Plot plot, double left, double right, int rank, Color color)
    {
        if (right > left)
        {
            var bar = plot.Add.Rectangle(left, right, rank - 0.4, rank + 0.4);
            bar.FillColor = color;
            bar.LineWidth = 0;
        }
    }

    public static Plot NewPlot(string title, string xLabel, string yLabel)
    {
        Plot plot = new();
        Style(plot, title, xLabel, yLabel);
        return plot;
    }

    public static void Style(Plot plot, string title, string xLabel, string yLabel)
    {
        plot.Title(title, size: 15);
        plot.XLabel(xLabel);
        plot.YLabel(yLabel);
        plot.Font.Set(FontName);
    }
}
