using LongAlign.Evaluation.Comparisons;

namespace LongAlign.Evaluation.Reports;

/// <summary>A part of a report, before it is a page or a summary.</summary>
internal abstract record ReportBlock
{
    private ReportBlock()
    {
    }

    public sealed record Heading(string Text) : ReportBlock;

    public sealed record Paragraph(string Text) : ReportBlock;

    /// <summary>A verdict: 1 good, -1 bad, 0 open.</summary>
    public sealed record Verdict(string Text, int Tone) : ReportBlock;

    public sealed record Table(string Caption, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows) : ReportBlock
    {
        /// <summary>Whether the page shows it folded.</summary>
        public bool IsFolded { get; init; }
    }

    /// <summary>Groups with their intervals, on one scale.</summary>
    public sealed record Intervals(string Caption, string GroupName, string NameA, string NameB, IReadOnlyList<ScoreGroup> Groups) : ReportBlock;

    /// <summary>A map of lengths and depths; a cell has a text, and a level from 0 to 1 where it is not missing.</summary>
    public sealed record Map(string Caption, IReadOnlyList<int> Lengths, IReadOnlyList<double> Depths, IReadOnlyList<(string Text, double? Level)> Cells, bool IsDifference) : ReportBlock;

    /// <summary>Differences of single questions, drawn from the smallest to the largest.</summary>
    public sealed record Differences(string Caption, IReadOnlyList<double> Values) : ReportBlock;

    /// <summary>Two lines over the same labels.</summary>
    public sealed record Lines(string Caption, IReadOnlyList<string> Labels, string NameA, IReadOnlyList<double> A, string NameB, IReadOnlyList<double> B) : ReportBlock;

    /// <summary>Questions with the replies of both models, each folded.</summary>
    public sealed record Samples(IReadOnlyList<ReportSample> Items) : ReportBlock;

    public sealed record Picture(ReportPicture Content) : ReportBlock;
}
