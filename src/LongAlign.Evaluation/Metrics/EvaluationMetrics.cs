using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Needles;
using Microsoft.Extensions.AI.Evaluation;

namespace LongAlign.Evaluation.Metrics;

/// <summary>Scores as metrics of Microsoft.Extensions.AI.Evaluation, so that they stand in its reports.</summary>
public static class EvaluationMetrics
{
    /// <summary>The metric of a judge's score.</summary>
    public const string JudgeScoreName = "LongBench-Chat judge";

    /// <summary>The metric of the share of needles found.</summary>
    public const string NeedleFoundName = "Needles found";

    /// <summary>The metric of a judge's score of a reply to a needle prompt.</summary>
    public const string NeedleJudgeName = "Needle judge";

    /// <summary>Makes the metric of a case.</summary>
    /// <param name="score">The score.</param>
    /// <param name="min">The worst score that there can be.</param>
    /// <param name="max">The best score that there can be.</param>
    /// <returns>One metric, <see cref="JudgeScoreName"/>; where the score is missing without a value, inconclusive, failed, and with the reason as an error.</returns>
    public static EvaluationResult ToEvaluationResult(this CaseScore score, int min = 1, int max = 10)
    {
        ArgumentNullException.ThrowIfNull(score);
        return new EvaluationResult(Metric(JudgeScoreName, score.Score, min, max, score.MissingReason ?? Words(score.Verdicts)));
    }

    /// <summary>Makes the metrics of a needle prompt.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The metric <see cref="NeedleFoundName"/> and, where a judge was asked, <see cref="NeedleJudgeName"/>; missing ones as those of a case.</returns>
    public static EvaluationResult ToEvaluationResult(this NeedleResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        NumericMetric found = Metric(NeedleFoundName, result.Score, 0, 1, result.MissingReason is { } missing ? $"no reply: {missing}" : result.Reply!);
        return result.Verdicts.Count == 0 ? new EvaluationResult(found)
            : new EvaluationResult(found, Metric(NeedleJudgeName, result.JudgeScore, 1, 10, Words(result.Verdicts)));
    }

    private static NumericMetric Metric(string name, double? value, double min, double max, string reason)
    {
        NumericMetric metric = new(name, value, reason);
        if (value is { } score)
        {
            metric.Interpretation = new EvaluationMetricInterpretation(Rate((score - min) / (max - min)), failed: false, reason);
            return metric;
        }

        metric.Interpretation = new EvaluationMetricInterpretation(EvaluationRating.Inconclusive, failed: true, reason);
        metric.AddDiagnostics(EvaluationDiagnostic.Error(reason));
        return metric;
    }

    /// <summary>Five parts of the range alike. A low score is a result; only a missing one is a failure.</summary>
    private static EvaluationRating Rate(double share) => share switch
    {
        < 0.2 => EvaluationRating.Unacceptable,
        < 0.4 => EvaluationRating.Poor,
        < 0.6 => EvaluationRating.Average,
        < 0.8 => EvaluationRating.Good,
        _ => EvaluationRating.Exceptional,
    };

    private static string Words(IReadOnlyList<Verdict> verdicts)
        => string.Join("\n", verdicts.Select(verdict => verdict.Problem is { } problem ? $"{problem}: '{verdict.Reply}'" : verdict.Reply));
}
