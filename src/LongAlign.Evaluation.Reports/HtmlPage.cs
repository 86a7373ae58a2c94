using System.Globalization;
using System.Xml.Linq;
using LongAlign.Evaluation.Texts;
using static LongAlign.Evaluation.Reports.Markup;

namespace LongAlign.Evaluation.Reports;

/// <summary>A report as one page: pictures within it, no script, and a policy that lets it load nothing.</summary>
internal static class HtmlPage
{
    private const string Policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

    /// <summary>Tables of more columns become lists on a phone.</summary>
    private const int ColumnsOnPhone = 4;

    // Without the characters that XML would escape.
    private const string Style = """
        :root { color-scheme: light; }
        body { margin: 0; font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", "Noto Sans CJK SC", sans-serif; color: #1c1c1c; background: #ffffff; }
        main { max-width: 60rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
        h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #cccccc; }
        .verdict { border-left: .4rem solid #777777; background: #f3f3f3; padding: .5rem .75rem; margin: .5rem 0; }
        .good { border-color: #1a7f37; background: #eaf6ec; } .bad { border-color: #b42318; background: #fdecea; }
        .scroll { overflow-x: auto; margin: .75rem 0; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
        caption { text-align: left; font-weight: 600; padding: .25rem 0; }
        th, td { text-align: left; vertical-align: top; padding: .25rem .6rem; border-bottom: 1px solid #dddddd; }
        .stack td, .stack th { overflow-wrap: break-word; } .plain td:first-child { min-width: 6.5rem; }
        .map td, .map th { text-align: center; border: 1px solid #ffffff; overflow-wrap: normal; padding: .35rem .4rem; }
        .map td { min-width: 2.6rem; } .missing { background: repeating-linear-gradient(45deg, #cfcfcf 0 4px, #ededed 4px 8px); font-style: italic; }
        .maps { display: flex; flex-wrap: wrap; gap: 0 1.5rem; }
        figure { margin: .75rem 0; } figcaption { font-size: .9rem; font-weight: 600; }
        svg.chart { width: 100%; max-width: 34rem; height: auto; font-size: 11px; } svg.interval { width: 10rem; height: 1.1rem; vertical-align: middle; }
        img { max-width: 100%; height: auto; }
        details { margin: .35rem 0; } summary { cursor: pointer; } h3 { font-size: .9rem; margin: .75rem 0 .15rem; }
        .said { white-space: pre-wrap; background: #f6f6f6; padding: .4rem .6rem; max-height: 24rem; overflow-y: auto; }
        .judge { background: none; border-left: .25rem solid #bbbbbb; margin: .35rem 0; color: #444444; }
        @media screen and (max-width: 40rem) {
          .stack thead { position: absolute; left: -100rem; }
          .stack, .stack caption, .stack tbody, .stack tr { display: block; }
          .stack tr { border-bottom: 2px solid #bbbbbb; padding: .4rem 0; }
          .stack td { overflow-wrap: anywhere; display: flex; justify-content: space-between; gap: 1rem; border: 0; padding: .1rem 0; text-align: right; }
          .stack td:empty { display: none; }
          .stack td::before { content: attr(data-label); color: #555555; text-align: left; }
          .stack td:first-child { font-weight: 600; }
        }
        @media print {
          main { max-width: none; padding: 0; } body { font-size: 11pt; } .scroll { overflow: visible; }
          * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
          figure, tr, .verdict, .map { break-inside: avoid; } h2 { break-after: avoid; }
        }
        """;

    public static string Of(string title, IReadOnlyList<ReportBlock> blocks) => Page(title, Policy, Style, [Html("h1", title), .. Group(blocks)]);

    /// <summary>Maps that follow each other stand side by side where there is room.</summary>
    private static IEnumerable<object> Group(IReadOnlyList<ReportBlock> blocks)
    {
        for (int i = 0; i < blocks.Count; i++)
        {
            ReportBlock.Map[] maps = [.. blocks.Skip(i).TakeWhile(block => block is ReportBlock.Map).Cast<ReportBlock.Map>()];
            yield return maps.Length == 0 ? Of(blocks[i]) : Html("div", [("class", "maps")], maps.Select(Of));
            yield return "\n";
            i += Math.Max(0, maps.Length - 1);
        }
    }

    private static XElement Of(ReportBlock block) => block switch
    {
        ReportBlock.Heading heading => Html("h2", heading.Text),
        ReportBlock.Paragraph paragraph => Html("p", paragraph.Text),
        ReportBlock.Verdict verdict => Html("p", [("class", verdict.Tone switch { > 0 => "verdict good", < 0 => "verdict bad", _ => "verdict" })], verdict.Text),
        ReportBlock.Table { IsFolded: true } table => Html("details", Html("summary", table.Caption), Table(null, table.Columns, table.Rows)),
        ReportBlock.Table table => Table(table.Caption, table.Columns, table.Rows),
        ReportBlock.Intervals intervals => Intervals(intervals),
        ReportBlock.Map map => Map(map),
        ReportBlock.Differences differences => Figure(Charts.Differences(differences.Caption, differences.Values), differences.Caption),
        ReportBlock.Lines lines => Figure(Charts.Lines(lines), lines.Caption),
        ReportBlock.Samples samples => Html("div", samples.Items.Select(Sample)),
        ReportBlock.Picture { Content: var picture } => Figure(
            Element("img", [("alt", picture.Caption), ("src", $"data:image/png;base64,{Convert.ToBase64String(picture.Png.Span)}")]), picture.Caption),
        _ => throw new ArgumentOutOfRangeException(nameof(block), block, "Unknown block."),
    };

    private static XElement Figure(XElement picture, string caption) => Html("figure", picture, Html("figcaption", caption));

    private static XElement Table(string? caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<object>> rows)
        => Html("div", [("class", "scroll")], Html("table", [("class", columns.Count > ColumnsOnPhone ? "stack" : "plain")],
        [
            .. caption is null ? (XElement[])[] : [Html("caption", caption)],
            Html("thead", Html("tr", columns.Select(column => Html("th", [("scope", "col")], column)))),
            Html("tbody", rows.Select(row => Html("tr", row.Zip(columns, (cell, column) => Html("td", [("data-label", column)], cell))))),
        ]));

    private static XElement Intervals(ReportBlock.Intervals intervals)
    {
        (double, double) scale = Charts.ScaleOf(intervals.Groups);
        return Table(intervals.Caption, ["group", intervals.GroupName, intervals.NameA, intervals.NameB, "difference", "95 %", "", "wins", "ties", "losses"],
            intervals.Groups.Select(group =>
            {
                string[] cells = MarkdownText.Row(group);
                return (object[])[.. cells[..6], group.Comparison is { } comparison ? Charts.Interval(comparison, scale) : "", .. cells[6..]];
            }));
    }

    private static XElement Sample(ReportSample sample) => Html("details",
    [
        Html("summary", $"{sample.Id}: A {ScoreOf(sample.A)}, B {ScoreOf(sample.B)}"),
        Html("h3", "Question"),
        Html("div", [("class", "said")], sample.Question),
        .. sample.Reference is { Length: > 0 } reference ? (XElement[])[Html("h3", "Reference"), Html("div", [("class", "said")], reference)] : [],
        .. Reply("A", sample.A),
        .. Reply("B", sample.B),
    ]);

    private static IEnumerable<XElement> Reply(string name, ReportReply? reply)
    {
        if (reply is null)
        {
            yield break;
        }

        yield return Html("h3", $"{name}, {ScoreOf(reply)}");
        yield return reply.Text is { } text ? Html("div", [("class", "said")], text) : Html("p", $"No reply: {reply.MissingReason}");
        if (reply is { Text: not null, MissingReason: { } reason })
        {
            yield return Html("p", $"Not scored: {reason}");
        }

        foreach (string verdict in reply.Verdicts)
        {
            yield return Html("div", [("class", "said judge")], verdict);
        }
    }

    private static string ScoreOf(ReportReply? reply) => reply is null ? "not asked" : reply.Score is { } score ? NumberText.Plain(score) : "missing";

    private static XElement Map(ReportBlock.Map map)
        => Html("div", [("class", "scroll")], Html("table", [("class", "map")],
            Html("caption", map.Caption),
            Html("thead", Html("tr", [Html("th", [("scope", "col")], "depth %"), .. map.Lengths.Select(length => Html("th", [("scope", "col")], NumberText.Whole(length)))])),
            Html("tbody", map.Depths.Select((depth, row) => Html("tr",
            [
                Html("th", [("scope", "row")], depth.ToString(CultureInfo.InvariantCulture)),
                .. map.Cells.Skip(row * map.Lengths.Count).Take(map.Lengths.Count).Select(cell => cell.Level is { } level
                    ? Html("td", [("style", $"background: {MapColors.ToCss(map.IsDifference ? MapColors.OfDifference(level) : MapColors.OfShare(level))}")], cell.Text)
                    : Html("td", [("class", "missing")], cell.Text)),
            ])))));
}
