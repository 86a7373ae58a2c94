using System.Xml.Linq;
using LongAlign.Evaluation.Comparisons;
using LongAlign.Evaluation.Texts;
using static LongAlign.Evaluation.Reports.Markup;

namespace LongAlign.Evaluation.Reports;

/// <summary>The pictures of a page, as SVG; as wide as a phone, so that their letters stay readable there.</summary>
internal static class Charts
{
    private const double Width = 360;
    private const string ColorA = "#8a5a00";
    private const string ColorB = "#1f6fb2";
    private const string Grey = "#888888";

    /// <summary>A bar from the lower to the upper end, a dot at the mean, a line at 0.</summary>
    /// <param name="comparison">The comparison to draw.</param>
    /// <param name="scale">The ends of the scale.</param>
    public static XElement Interval(PairedComparison comparison, (double Low, double High) scale)
    {
        double X(double value) => 6 + (148 * (value - scale.Low) / Math.Max(scale.High - scale.Low, double.Epsilon));
        string color = comparison.Lower > 0 ? "#1a7f37" : comparison.Upper < 0 ? "#b42318" : "#555555";
        return Svg(160, 18, "interval", $"{NumberText.Signed(comparison.Difference)}, 95 % {NumberText.Signed(comparison.Lower)} to {NumberText.Signed(comparison.Upper)}",
        [
            Line(X(0), 0, X(0), 18, Grey, 1),
            Line(X(comparison.Lower), 9, X(comparison.Upper), 9, color, 3),
            Element("circle", [("cx", Number(X(comparison.Difference))), ("cy", "9"), ("r", "4.5"), ("fill", color)]),
        ]);
    }

    /// <summary>The ends of a scale that all intervals and 0 fit on.</summary>
    public static (double Low, double High) ScaleOf(IEnumerable<ScoreGroup> groups)
    {
        PairedComparison[] all = [.. groups.Select(group => group.Comparison).OfType<PairedComparison>()];
        return (Math.Min(0, all.Select(comparison => comparison.Lower).DefaultIfEmpty().Min()), Math.Max(0, all.Select(comparison => comparison.Upper).DefaultIfEmpty().Max()));
    }

    /// <summary>Differences as bars, sorted.</summary>
    public static XElement Differences(string caption, IReadOnlyList<double> values)
    {
        const double Left = 44;
        double low = Math.Min(0, values.DefaultIfEmpty().Min());
        double high = Math.Max(0, values.DefaultIfEmpty().Max());
        double Y(double value) => 8 + (124 * (high - value) / Math.Max(high - low, double.Epsilon));
        double step = (Width - Left) / Math.Max(1, values.Count);
        return Svg(Width, 140, "chart", caption,
        [
            .. values.Order().Index().Where(bar => bar.Item != 0).Select(bar => Element("rect",
            [
                ("x", Number(Left + (step * bar.Index))), ("y", Number(Math.Min(Y(bar.Item), Y(0)))), ("width", Number(Math.Max(0.3, step * 0.85))),
                ("height", Number(Math.Max(0.5, Math.Abs(Y(bar.Item) - Y(0))))), ("fill", bar.Item > 0 ? ColorB : ColorA),
            ])),
            Line(Left, Y(0), Width, Y(0), Grey, 1),
            .. new[] { low, 0, high }.Distinct().Select(value => Text(Left - 4, Y(value) + 4, "end", NumberText.Signed(value))),
        ]);
    }

    /// <summary>Two lines with dots; A's are squares, so that they differ without colour.</summary>
    public static XElement Lines(ReportBlock.Lines lines)
    {
        const double left = 44;
        const double bottom = 176;
        double[] all = [.. lines.A.Concat(lines.B).Where(double.IsFinite)];
        double low = all.DefaultIfEmpty().Min();
        double high = Math.Max(all.DefaultIfEmpty().Max(), low + 1e-3);
        double X(int i) => left + 16 + (i * (Width - left - 40) / Math.Max(1, lines.Labels.Count - 1));
        double Y(double value) => 24 + ((bottom - 32) * (high - value) / (high - low));
        return Svg(Width, 210, "chart", lines.Caption,
        [
            .. new[] { low, (low + high) / 2, high }.SelectMany(value => new[] { Line(left, Y(value), Width, Y(value), "#dddddd", 1), Text(left - 4, Y(value) + 4, "end", NumberText.Plain(value)) }),
            .. lines.Labels.Select((label, i) => Text(X(i), bottom + 18, "middle", label)),
            .. Curve(lines.A, ColorA, isSquare: true),
            .. Curve(lines.B, ColorB, isSquare: false),
            Dot(left + 16, 8, ColorA, isSquare: true), Text(left + 24, 12, "start", lines.NameA),
            Dot(left + 66, 8, ColorB, isSquare: false), Text(left + 74, 12, "start", lines.NameB),
        ]);

        IEnumerable<XElement> Curve(IReadOnlyList<double> values, string color, bool isSquare)
        {
            (int X, double Y)[] points = [.. values.Index().Where(value => double.IsFinite(value.Item))];
            yield return Element("polyline", [("points", string.Join(' ', points.Select(point => $"{Number(X(point.X))},{Number(Y(point.Y))}"))), ("fill", "none"), ("stroke", color), ("stroke-width", "2")]);
            foreach ((int x, double y) in points)
            {
                yield return Dot(X(x), Y(y), color, isSquare);
            }
        }
    }

    private static XElement Svg(double width, double height, string style, string description, XElement[] contents)
        => Element("svg", [("viewBox", $"0 0 {Number(width)} {Number(height)}"), ("class", style), ("role", "img"), ("aria-label", description)], contents);

    private static XElement Line(double x1, double y1, double x2, double y2, string color, double width)
        => Element("line", [("x1", Number(x1)), ("y1", Number(y1)), ("x2", Number(x2)), ("y2", Number(y2)), ("stroke", color), ("stroke-width", Number(width))]);

    private static XElement Dot(double x, double y, string color, bool isSquare) => isSquare
        ? Element("rect", [("x", Number(x - 4)), ("y", Number(y - 4)), ("width", "8"), ("height", "8"), ("fill", color)])
        : Element("circle", [("cx", Number(x)), ("cy", Number(y)), ("r", "4"), ("fill", color)]);

    private static XElement Text(double x, double y, string anchor, string text)
        => Element("text", [("x", Number(x)), ("y", Number(y)), ("text-anchor", anchor)], text);
}
