using System.Globalization;
using System.Xml.Linq;
using LongAlign.Evaluation.Comparisons;
using LongAlign.Evaluation.Reports;

namespace LongAlign.Evaluation.Tests.Reports;

public sealed class ChartsTests
{
    private const string Green = "#1a7f37";
    private const string Red = "#b42318";
    private const string Grey = "#555555";
    private const string ColorA = "#8a5a00";
    private const string ColorB = "#1f6fb2";

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    private static PairedComparison Around(double difference) => new(Enumerable.Range(0, 40).Select(i => new PairedScore($"{i}", 5, 5 + difference + (i % 2 == 0 ? 0.5 : -0.5))));

    [Theory]
    [InlineData(1, Green)]
    [InlineData(-1, Red)]
    [InlineData(0.01, Grey)]
    [InlineData(-0.01, Grey)]
    public void An_interval_is_a_bar_beside_0_in_the_colour_of_its_side(double difference, string color)
    {
        PairedComparison comparison = Around(difference);
        XElement[] parts = [.. Charts.Interval(comparison, (-2, 2)).Elements()];
        Assert.Equal(color, parts[1].Attribute("stroke")!.Value);
        Assert.Equal((80.0, 80.0), (Number(parts[0], "x1"), Number(parts[0], "x2"))); // 0 in the middle of 6 to 154
        Assert.Equal(80 + (37 * comparison.Lower), Number(parts[1], "x1"), 0.01);
        Assert.Equal(80 + (37 * comparison.Upper), Number(parts[1], "x2"), 0.01);
        Assert.Equal(80 + (37 * comparison.Difference), Number(parts[2], "cx"), 0.01);
    }

    [Fact]
    public void A_scale_holds_every_interval_and_0()
    {
        (PairedComparison above, PairedComparison below) = (Around(1), Around(-1));
        Assert.Equal((0, above.Upper), Charts.ScaleOf([new ScoreGroup("x", 40, above), new ScoreGroup("y", 1, null)]));
        Assert.Equal((below.Lower, 0), Charts.ScaleOf([new ScoreGroup("x", 40, below)]));
        Assert.Equal((below.Lower, above.Upper), Charts.ScaleOf([new ScoreGroup("x", 40, above), new ScoreGroup("y", 40, below)]));
        Assert.Equal((0, 0), Charts.ScaleOf([]));
    }

    [Fact]
    public void Differences_rise_from_the_left_above_the_line_in_the_colour_of_B_and_below_it_in_that_of_A()
    {
        XElement chart = Charts.Differences("caption", [2, -1, 0, 1]);
        double line = Number(chart.Element("line")!, "y1");
        XElement[] bars = [.. chart.Elements("rect")];
        Assert.Equal([ColorA, ColorB, ColorB], bars.Select(bar => bar.Attribute("fill")!.Value));
        Assert.Equal(bars.Select(bar => Number(bar, "x")).Order(), bars.Select(bar => Number(bar, "x")));
        Assert.Equal(line, Number(bars[0], "y"), 0.01);
        Assert.All(bars[1..], bar => Assert.Equal(line, Number(bar, "y") + Number(bar, "height"), 0.02));
        Assert.Equal(2 * Number(bars[1], "height"), Number(bars[2], "height"), 0.02);
        Assert.Equal(["-1.00", "0.00", "+2.00"], chart.Elements("text").Select(text => text.Value));
    }

    [Fact]
    public void Lines_have_more_at_the_top_and_leave_out_what_is_not_finite()
    {
        XElement chart = Charts.Lines(new ReportBlock.Lines("caption", ["a", "b", "c"], "A", [3, 2, 1], "B", [1, double.NaN, 3]));
        XElement[] curves = [.. chart.Elements("polyline")];
        double[] Heights(XElement curve) => [.. curve.Attribute("points")!.Value.Split(' ').Select(point => double.Parse(point.Split(',')[1], CultureInfo.InvariantCulture))];
        Assert.Equal([24.0, 96, 168], Heights(curves[0]));
        Assert.Equal([168.0, 24], Heights(curves[1]));
        Assert.Equal([ColorA, ColorB], curves.Select(curve => curve.Attribute("stroke")!.Value));
        Assert.Equal(["3.00", "2.00", "1.00"], chart.Elements("text").Take(3).Select(text => text.Value).Reverse());
        Assert.Equal(["a", "b", "c", "A", "B"], chart.Elements("text").Skip(3).Select(text => text.Value));
    }

    [Fact]
    public void The_lines_of_perplexity_are_A_s_and_B_s()
    {
        XElement chart = XElement.Parse(SampleReport.Create().ToHtml().Split('\n', 2)[1]).Descendants("svg").Where(svg => svg.Attribute("class")!.Value == "chart").ElementAt(1);
        double[] starts = [.. chart.Elements("polyline").Select(curve => double.Parse(curve.Attribute("points")!.Value.Split(' ')[0].Split(',')[1], CultureInfo.InvariantCulture))];
        Assert.True(starts[0] < starts[1], $"A's loss is the higher one, but its line starts at {starts[0]} and B's at {starts[1]}.");
    }
}
