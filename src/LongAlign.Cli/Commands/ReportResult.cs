using LongAlign.Data;

namespace LongAlign.Cli.Commands;

/// <summary>A data report as JSON has it.</summary>
internal sealed record ReportResult(
    string Stage, long RowsIn, long RowsOut, long Tokens, long Targets, double Seconds,
    IReadOnlyList<ReportedRows> Skipped, IReadOnlyList<ReportedRows> Changed, IReadOnlyList<ReportedRows> Ignored, IReadOnlyList<ReportResult> Before)
{
    public static ReportResult Of(DataReport report) => new(
        report.Stage, report.RowsIn, report.RowsOut, report.TokenCount, report.TargetCount, report.Elapsed.TotalSeconds,
        report.Skipped, report.Changed, report.Ignored, [.. report.Before.Select(Of)]);
}
