using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Texts;

namespace LongAlign.Evaluation.Comparisons;

/// <summary>A comparison of two models on the same questions: overall, by length, task and language, and what is missing. Immutable.</summary>
/// <example>
/// <code>
/// ModelComparison comparison = ModelComparison.OfChats(scoresOfBase, scoresOfTuned, new ComparisonOptions { NameA = "base", NameB = "tuned" });
/// Console.WriteLine(comparison.Overall.Describe("base", "tuned"));    // the difference, its interval, and whether it can be told from chance
/// </code>
/// </example>
/// <remarks>Groups show where a difference may lie. There are several of them, so that one or another differs by chance: the verdict is that of all questions.</remarks>
public sealed class ModelComparison
{
    /// <summary>Compares scores.</summary>
    /// <param name="scores">The scores, a question once; at least two with both.</param>
    /// <param name="options">Names, groups, seed; the defaults where null.</param>
    /// <exception cref="ArgumentException">Scores are not as <see cref="PairedComparison"/> wants them, or bounds of lengths don't rise.</exception>
    public ModelComparison(IEnumerable<PairedScore> scores, ComparisonOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scores);
        options ??= new ComparisonOptions();
        if (options.LengthBounds.Zip(options.LengthBounds.Skip(1)).Any(pair => pair.First >= pair.Second) || options.LengthBounds.Any(bound => bound < 1))
        {
            throw new ArgumentException($"Bounds of lengths are {string.Join(", ", options.LengthBounds)}; expected positive and rising numbers.", nameof(options));
        }

        Scores = [.. scores];
        Overall = new PairedComparison(Scores, options.Seed, options.Resamples);
        NameA = options.NameA;
        NameB = options.NameB;
        ByLength = ScoreGroups.ByLength(Scores, options);
        ByTask = ScoreGroups.By(Scores, score => score.Task, options);
        ByLanguage = ScoreGroups.By(Scores, score => score.Language, options);
        Missing = [.. Scores.Where(score => score.A is null || score.B is null)
            .Select(score => new MissingScore(score.Id, score.A is null, score.B is null, score.MissingReason ?? "unknown"))];
        if (options.Range is { } range)
        {
            LowerBound = Scores.Average(score => (score.B ?? range.Min) - (score.A ?? range.Max));
            UpperBound = Scores.Average(score => (score.B ?? range.Max) - (score.A ?? range.Min));
        }
    }

    /// <summary>The name of A.</summary>
    public string NameA { get; }

    /// <summary>The name of B.</summary>
    public string NameB { get; }

    /// <summary>The comparison over all questions.</summary>
    public PairedComparison Overall { get; }

    /// <summary>The comparisons by length, rising; empty with fewer than two groups.</summary>
    public IReadOnlyList<ScoreGroup> ByLength { get; }

    /// <summary>The comparisons by task; empty with fewer than two.</summary>
    public IReadOnlyList<ScoreGroup> ByTask { get; }

    /// <summary>The comparisons by language; empty with fewer than two.</summary>
    public IReadOnlyList<ScoreGroup> ByLanguage { get; }

    /// <summary>Questions that lack a score, with the reason.</summary>
    public IReadOnlyList<MissingScore> Missing { get; }

    /// <summary>The mean of B - A if every missing score spoke against B; null without <see cref="ComparisonOptions.Range"/>.</summary>
    public double? LowerBound { get; }

    /// <summary>The mean of B - A if every missing score spoke for B; null without <see cref="ComparisonOptions.Range"/>.</summary>
    public double? UpperBound { get; }

    /// <summary>The scores.</summary>
    public IReadOnlyList<PairedScore> Scores { get; }

    /// <summary>Compares two models' scores on the same cases.</summary>
    /// <param name="a">The base's.</param>
    /// <param name="b">The other's, of the same cases and the same scale.</param>
    /// <param name="options">Names, groups, seed; the range is that of the scores.</param>
    /// <param name="length">The length of a case; tokens of the prompt where prompts were counted, else characters, unless given.</param>
    /// <param name="task">The task of a case; none unless given.</param>
    /// <returns>The comparison.</returns>
    /// <exception cref="ArgumentException">The two have other cases or another scale.</exception>
    public static ModelComparison OfChats(
        ChatScores a, ChatScores b, ComparisonOptions? options = null, Func<JudgeCase, int>? length = null, Func<JudgeCase, string?>? task = null)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if ((a.Min, a.Max) != (b.Min, b.Max))
        {
            throw new ArgumentException($"A is scored from {a.Min} to {a.Max} and B from {b.Min} to {b.Max}; expected the same scale.", nameof(b));
        }

        Dictionary<string, CaseScore> scoresOfB = b.Cases.ToDictionary(score => score.Answer.Case.Id);
        string[] others = [.. a.Cases.Select(score => score.Answer.Case.Id).Except(scoresOfB.Keys), .. scoresOfB.Keys.Except(a.Cases.Select(score => score.Answer.Case.Id))];
        if (others.Length > 0)
        {
            throw new ArgumentException($"Cases of one model alone: {string.Join(", ", others)}; expected the same cases, those without a score included.", nameof(b));
        }

        return new ModelComparison(
            a.Cases.Select(scoreOfA => Pair(scoreOfA, scoresOfB[scoreOfA.Answer.Case.Id], length, task)),
            (options ?? new ComparisonOptions()) with { Range = (a.Min, a.Max) });
    }

    /// <summary>The verdict in a plain sentence.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Overall.Describe(NameA, NameB);

    private static PairedScore Pair(CaseScore a, CaseScore b, Func<JudgeCase, int>? length, Func<JudgeCase, string?>? task)
    {
        JudgeCase @case = a.Answer.Case;
        string[] reasons = [.. new[] { ("A", a.MissingReason), ("B", b.MissingReason) }.Where(item => item.Item2 is not null).Select(item => $"{item.Item1}: {item.Item2}")];
        return new PairedScore(@case.Id, a.Score, b.Score)
        {
            Length = length is not null ? length(@case) : a.Answer.Prompt?.OriginalTokenCount ?? LeftOutText.LengthOf(@case.Prompt),
            Task = task?.Invoke(@case),
            Language = @case.Language,
            MissingReason = reasons.Length == 0 ? null : string.Join("; ", reasons),
        };
    }
}
