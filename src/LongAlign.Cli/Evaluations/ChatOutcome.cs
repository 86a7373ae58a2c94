using System.Text.Json.Serialization;
using LongAlign.Evaluation.Judging;

namespace LongAlign.Cli.Evaluations;

/// <summary>The result of LongBench-Chat.</summary>
/// <param name="Mean">The mean score; null where there is none.</param>
/// <param name="LowerBound">The mean if every missing case had the worst score.</param>
/// <param name="UpperBound">The mean if every missing case had the best score.</param>
/// <param name="Cases">Cases, the missing ones included.</param>
/// <param name="Missing">Cases without a score.</param>
/// <param name="Text">For people.</param>
internal sealed record ChatOutcome(double? Mean, double LowerBound, double UpperBound, int Cases, int Missing, [property: JsonIgnore] string Text)
{
    public static ChatOutcome Of(ChatScores scores)
        => new(scores.Mean, scores.LowerBound, scores.UpperBound, scores.Cases.Count, scores.Missing.Count, $"LongBench-Chat: {scores}\n");
}
