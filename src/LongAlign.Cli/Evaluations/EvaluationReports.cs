using LongAlign.Data;
using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Needles;

namespace LongAlign.Cli.Evaluations;

/// <summary>Reports on the prompts and cases of an evaluation, in the form of data reports.</summary>
internal static class EvaluationReports
{
    private const int MostExamples = 5;

    public static DataReport? Of(NeedleMap? map)
        => map is null ? null : Build("needles", map.Results.Select(result => (result.Prompt.Id, result.MissingReason)));

    public static DataReport? Of(ChatScores? scores)
        => scores is null ? null : Build("LongBench-Chat", scores.Cases.Select(score => ($"case {score.Answer.Case.Id}", score.MissingReason)));

    private static DataReport Build(string stage, IEnumerable<(string Name, string? MissingReason)> results)
    {
        (string Name, string? MissingReason)[] all = [.. results];
        ReportedRows[] missing =
        [
            .. all.Where(result => result.MissingReason is not null)
                .GroupBy(result => result.MissingReason!)
                .Select(group => new ReportedRows(group.Key, group.Count(), [.. group.Take(MostExamples).Select(result => result.Name)])),
        ];
        return new DataReport { Stage = stage, RowsIn = all.Length, RowsOut = all.Count(result => result.MissingReason is null), Skipped = missing };
    }
}
