using System.Globalization;
using System.Xml.Linq;
using static LongAlign.Evaluation.Reports.Markup;

namespace LongAlign.Cli.Reports;

/// <summary>A chart of lines over the steps, as SVG; as wide as a phone, so that its letters stay readable there.</summary>
internal static class LineChart
{
    private const double Width = 380;
    private const double Height = 230;
    private const double Left = 52;
    private const double Right = 12;
    private const double Top = 10;
    private const double Bottom = 34;

    public static XElement Draw(string title, IReadOnlyList<ChartLine> lines)
    {
        (double X, double Y)[] all = [.. lines.SelectMany(line => Finite(line.Points))];
        (double left, double right) = (all.Select(point => point.X).DefaultIfEmpty(0).Min(), all.Select(point => point.X).DefaultIfEmpty(1).Max());
        double[] ticks = Ticks(all.Select(point => point.Y).DefaultIfEmpty(0).Min(), all.Select(point => point.Y).DefaultIfEmpty(1).Max(), 5);
        (double low, double high) = (ticks[0], ticks[^1]);
        double X(double value) => Left + ((Width - Left - Right) * (value - left) / Math.Max(right - left, 1e-9));
        double Y(double value) => Top + ((Height - Top - Bottom) * (high - value) / (high - low));
        return Element("svg", [("viewBox", $"0 0 {Number(Width)} {Number(Height)}"), ("class", "chart"), ("role", "img"), ("aria-label", title)],
        [
            .. ticks.SelectMany(tick => new[] { Line(Left, Y(tick), Width - Right, Y(tick)), Text(Left - 6, Y(tick) + 4, "end", Label(tick)) }),
            .. Ticks(left, right, 5).Where(tick => tick >= left && tick <= right && tick == Math.Floor(tick)).Select(tick => Text(X(tick), Height - Bottom + 16, "middle", Label(tick))),
            Text((Left + Width - Right) / 2, Height - 4, "middle", "step"),
            .. lines.SelectMany(line => Draw(line, X, Y)),
        ]);
    }

    /// <summary>The names of lines with their colours and marks, and where each ends.</summary>
    public static XElement Legend(IReadOnlyList<ChartLine> lines) => Html("ul", [("class", "legend")], lines.Where(line => Finite(line.Points).Any()).Select(line => Html("li",
        Element("svg", [("viewBox", "0 0 28 12"), ("class", "key")], Draw(line with { Points = [(0, 0), (1, 0)] }, value => 4 + (20 * value), _ => 6)),
        line.Style == ChartStyle.Dots ? line.Name : $"{line.Name}: {Label(Finite(line.Points).Last().Y)} at the end")));

    private static IEnumerable<XElement> Draw(ChartLine line, Func<double, double> x, Func<double, double> y)
    {
        (double X, double Y)[] points = [.. Finite(line.Points)];
        if (line.Style != ChartStyle.Dots)
        {
            yield return Element("polyline",
            [
                ("points", string.Join(' ', points.Select(point => $"{Number(x(point.X))},{Number(y(point.Y))}"))), ("fill", "none"), ("stroke", line.Color), ("stroke-width", "2"),
                ("stroke-dasharray", line.Style == ChartStyle.Marks ? "5 3" : "none"),
            ]);
        }

        foreach ((double at, double value) in line.Style == ChartStyle.Line ? [] : points)
        {
            yield return line.Style == ChartStyle.Dots
                ? Element("circle", [("cx", Number(x(at))), ("cy", Number(y(value))), ("r", "1.5"), ("fill", line.Color), ("fill-opacity", "0.35")])
                : Element("rect", [("x", Number(x(at) - 3.5)), ("y", Number(y(value) - 3.5)), ("width", "7"), ("height", "7"), ("fill", "#ffffff"), ("stroke", line.Color), ("stroke-width", "2")]);
        }
    }

    /// <summary>Round numbers, at most one more than asked for, from at or below the least to at or above the most.</summary>
    private static double[] Ticks(double least, double most, int count)
    {
        double range = most > least ? most - least : Math.Max(Math.Abs(most), 1e-12);
        double raw = range / count;
        double power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = power * (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        long first = (long)Math.Floor(least / step);
        long last = Math.Max(first + 1, (long)Math.Ceiling(most / step));
        return [.. Enumerable.Range(0, (int)(last - first + 1)).Select(i => (first + i) * step)];
    }

    private static IEnumerable<(double X, double Y)> Finite(IReadOnlyList<(double X, double Y)> points) => points.Where(point => double.IsFinite(point.Y));

    private static string Label(double value) => Math.Abs(value) switch
    {
        0 => "0",
        < 1e-3 or >= 1e7 => value.ToString("0.##e-0", CultureInfo.InvariantCulture),
        < 10 => value.ToString("0.####", CultureInfo.InvariantCulture),
        _ => value.ToString("#,0.#", CultureInfo.InvariantCulture),
    };

    private static XElement Line(double x1, double y1, double x2, double y2)
        => Element("line", [("x1", Number(x1)), ("y1", Number(y1)), ("x2", Number(x2)), ("y2", Number(y2)), ("stroke", "#dddddd")]);

    private static XElement Text(double x, double y, string anchor, string text) => Element("text", [("x", Number(x)), ("y", Number(y)), ("text-anchor", anchor)], text);
}
