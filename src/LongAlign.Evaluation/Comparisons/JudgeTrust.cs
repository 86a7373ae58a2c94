using LongAlign.Evaluation.Judging;

namespace LongAlign.Evaluation.Comparisons;

/// <summary>The reliability of a judge, from its verdicts: do repeats agree, does the order of examples matter, does length? Immutable.</summary>
public sealed class JudgeTrust
{
    /// <summary>Looks at verdicts.</summary>
    /// <param name="scores">The judge's verdicts on one model or several.</param>
    /// <param name="options">The options of judging: the order of examples follows from them.</param>
    /// <exception cref="ArgumentException">There are no scores.</exception>
    public JudgeTrust(IReadOnlyList<ChatScores> scores, JudgeOptions options)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(options);
        CaseScore[] judged = [.. scores.SelectMany(some => some.Cases).Where(score => score.Score is not null)];
        if (judged.Length == 0)
        {
            throw new ArgumentException("The judge gave no score.", nameof(scores));
        }

        Answers = judged.Length;
        double[][] repeats = [.. judged.Select(score => score.Verdicts.Select(verdict => verdict.Score).OfType<double>().ToArray()).Where(some => some.Length > 1)];
        RepeatedAnswers = repeats.Length;
        if (repeats.Length > 0)
        {
            RepeatDeviation = Math.Sqrt(repeats.Average(Variance));
            ShareAlike = repeats.Count(some => some.Distinct().Count() == 1) / (double)repeats.Length;
            LargestSpread = repeats.Max(some => some.Max() - some.Min());
        }

        PairedScore[] orders = [.. judged.Select((score, i) => ByLastExample($"{i}", score, options)).OfType<PairedScore>()];
        OrderEffect = orders.Length < 2 ? null : new PairedComparison(orders);
        Length = RankCorrelation.Of([.. judged.Select(score => (double)score.Answer.Said!.Length)], [.. judged.Select(score => score.Score!.Value)]);
    }

    /// <summary>Answers with a score.</summary>
    public int Answers { get; }

    /// <summary>Answers with two scores and more.</summary>
    public int RepeatedAnswers { get; }

    /// <summary>The standard deviation of one verdict about the mean of its answer's; null where none has two scores.</summary>
    public double? RepeatDeviation { get; }

    /// <summary>The share of answers whose verdicts are all the same; null where none has two scores.</summary>
    public double? ShareAlike { get; }

    /// <summary>The largest difference between two verdicts of one answer; null where none has two scores.</summary>
    public double? LargestSpread { get; }

    /// <summary>
    /// The same answers judged with a worse-scored example shown last (A) and with a better-scored one (B); null where examples were
    /// not shown or their orders not drawn, or fewer than two answers were judged with both.
    /// </summary>
    public PairedComparison? OrderEffect { get; }

    /// <summary>Length of answers (characters) and score. Longer answers may be better: compare the human scores' own correlation.</summary>
    public RankCorrelation Length { get; }

    /// <summary>Gets the comparison of the judge's scores with people's.</summary>
    /// <value>None unless set: it takes separate requests.</value>
    public JudgeCalibration? Calibration { get; init; }

    private static double Variance(double[] values)
    {
        double mean = values.Average();
        return values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1);
    }

    private static PairedScore? ByLastExample(string id, CaseScore score, JudgeOptions options)
    {
        if (!options.Prompt.ShowsExamples || score.Answer.Case.Examples.Count == 0)
        {
            return null;
        }

        (double Last, double Verdict)[] shown = [.. score.Verdicts.Index().Where(verdict => verdict.Item.Score is not null)
            .Select(verdict => (LongBenchChat.ExamplesFor(score.Answer.Case, verdict.Index, options)[^1].Score, verdict.Item.Score!.Value))];
        (double worst, double best) = (shown.Min(verdict => verdict.Last), shown.Max(verdict => verdict.Last));
        return worst == best ? null
            : new PairedScore(id, shown.Where(verdict => verdict.Last == worst).Average(verdict => verdict.Verdict), shown.Where(verdict => verdict.Last == best).Average(verdict => verdict.Verdict));
    }
}
