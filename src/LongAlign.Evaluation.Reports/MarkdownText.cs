using System.Globalization;
using System.Text;
using LongAlign.Evaluation.Comparisons;
using LongAlign.Evaluation.Texts;

namespace LongAlign.Evaluation.Reports;

/// <summary>A report as Markdown: sentences and tables, no pictures.</summary>
internal static class MarkdownText
{
    private const string Special = "\\`*_{}[]<>#|!~&$";

    public static string Of(string title, IReadOnlyList<ReportBlock> blocks)
        => string.Join("\n\n", [$"# {Escape(title)}", .. blocks.Select(Of).Where(text => text.Length > 0)]) + "\n";

    private static string Of(ReportBlock block) => block switch
    {
        ReportBlock.Heading heading => $"## {Escape(heading.Text)}",
        ReportBlock.Paragraph paragraph => Escape(paragraph.Text),
        ReportBlock.Verdict verdict => $"**{Escape(verdict.Text)}**",
        ReportBlock.Table { IsFolded: false } table => Table(table.Caption, table.Columns, table.Rows),
        ReportBlock.Intervals intervals => Table(intervals.Caption, ["group", intervals.GroupName, intervals.NameA, intervals.NameB, "difference", "95 %", "wins", "ties", "losses"], [.. intervals.Groups.Select(Row)]),
        ReportBlock.Map map => Table(map.Caption, ["depth %", .. map.Lengths.Select(length => NumberText.Whole(length))],
            [.. map.Depths.Select((depth, row) => (string[])[depth.ToString(CultureInfo.InvariantCulture), .. map.Cells.Skip(row * map.Lengths.Count).Take(map.Lengths.Count).Select(cell => cell.Text)])]),
        _ => "",
    };

    /// <summary>The cells of a group, as on the page.</summary>
    internal static string[] Row(ScoreGroup group) => group.Comparison is { } all
        ? [group.Name, all.Count == group.Count ? NumberText.Whole(all.Count) : $"{NumberText.Whole(all.Count)} of {NumberText.Whole(group.Count)}", NumberText.Plain(all.MeanA), NumberText.Plain(all.MeanB), NumberText.Signed(all.Difference),
            $"{NumberText.Signed(all.Lower)} to {NumberText.Signed(all.Upper)}", NumberText.Whole(all.Wins), NumberText.Whole(all.Ties), NumberText.Whole(all.Losses)]
        : [group.Name, NumberText.Whole(group.Count), "", "", "too few", "", "", "", ""];

    private static string Table(string caption, IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        StringBuilder text = new($"{Escape(caption)}\n\n");
        text.Append("| ").AppendJoin(" | ", columns.Select(Escape)).Append(" |\n|").Insert(text.Length, " --- |", columns.Count);
        foreach (IReadOnlyList<string> row in rows)
        {
            text.Append("\n| ").AppendJoin(" | ", row.Select(Escape)).Append(" |");
        }

        return text.ToString();
    }

    /// <summary>On one line, with no character that means something in Markdown or HTML.</summary>
    private static string Escape(string text)
        => string.Concat(text.Select(c => Special.Contains(c, StringComparison.Ordinal) ? $"\\{c}" : char.IsControl(c) ? " " : $"{c}"));
}
