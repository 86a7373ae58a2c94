using System.Globalization;
using LongAlign.Evaluation.Comparisons;
using LongAlign.Evaluation.Texts;

namespace LongAlign.Evaluation.Perplexity;

/// <summary>A comparison of two models' perplexity on the same sequences, by position. Immutable.</summary>
/// <remarks>Scores are mean log-likelihoods in nats a token, so that more is better; every sequence counts the same. Tokens must be the same: perplexities of two tokenizers don't compare.</remarks>
public sealed class PerplexityComparison
{
    /// <summary>Compares.</summary>
    /// <param name="a">The base's report.</param>
    /// <param name="b">The other's, of the same sequences with the same bounds.</param>
    /// <param name="options">Names and seed; the defaults where null.</param>
    /// <exception cref="ArgumentException">The two are of other sequences, tokens or bounds; or fewer than two sequences have a predicted token.</exception>
    public PerplexityComparison(PerplexityReport a, PerplexityReport b, ComparisonOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        options ??= new ComparisonOptions();
        if (!a.Sequences.SelectMany(Shape).SequenceEqual(b.Sequences.SelectMany(Shape)))
        {
            throw new ArgumentException("The reports are of other sequences, other tokens or other bounds of positions; expected the same.", nameof(b));
        }

        NameA = options.NameA;
        NameB = options.NameB;
        PairedScore[] scores = [.. a.Sequences.Zip(b.Sequences).Where(pair => pair.First.Tokens > 0)
            .Select(pair => Pair(pair.First, -pair.First.Loss!.Value, -pair.Second.Loss!.Value))];
        Overall = new ModelComparison(scores, options);
        (PerplexityA, PerplexityB) = (a.Perplexity, b.Perplexity);
        Buckets = [.. a.Buckets.Zip(b.Buckets, (ofA, ofB) => new PerplexityBucketDifference(ofA, ofB, ScoreGroups.Compare(
            [.. a.Sequences.Zip(b.Sequences).Select(pair => (pair.First, A: At(pair.First, ofA), B: At(pair.Second, ofA))).Where(pair => pair.A is not null)
                .Select(pair => Pair(pair.First, -pair.A!.Loss, -pair.B!.Loss))],
            options)))];
    }

    /// <summary>The name of A.</summary>
    public string NameA { get; }

    /// <summary>The name of B.</summary>
    public string NameB { get; }

    /// <summary>A's perplexity on all tokens.</summary>
    public double PerplexityA { get; }

    /// <summary>B's perplexity on all tokens.</summary>
    public double PerplexityB { get; }

    /// <summary>The differences by position.</summary>
    public IReadOnlyList<PerplexityBucketDifference> Buckets { get; }

    /// <summary>The sequences as questions, scored by mean log-likelihood: what a <see cref="ShortTaskGuard"/> on short sequences takes.</summary>
    public ModelComparison Overall { get; }

    /// <summary>A plain sentence.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        PairedComparison all = Overall.Overall;
        string verdict = all.Outcome switch
        {
            ComparisonOutcome.Better => $"{NameB} predicts these texts better than {NameA}",
            ComparisonOutcome.Worse => $"{NameB} predicts these texts worse than {NameA}",
            _ => $"Cannot tell with {all.Count} texts which model predicts them better",
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{verdict}: perplexity {PerplexityA:N2} to {PerplexityB:N2}; log-likelihood a token {NumberText.Signed(all.Difference)} (95 % {NumberText.Signed(all.Lower)} to {NumberText.Signed(all.Upper)}), {NumberText.PValue(all.PValue)}, n = {all.Count}.");
    }

    private static PairedScore Pair(SequencePerplexity sequence, double a, double b)
        => new(string.Create(CultureInfo.InvariantCulture, $"sequence {sequence.Index}"), a, b) { Length = sequence.Length };

    private static PositionBucket? At(SequencePerplexity sequence, PositionBucket place) => sequence.Buckets.FirstOrDefault(bucket => bucket.From == place.From);

    private static IEnumerable<(int Index, int Length, int From, int? To, long Tokens)> Shape(SequencePerplexity sequence)
        => sequence.Buckets.Select(bucket => (sequence.Index, sequence.Length, bucket.From, bucket.To, bucket.Tokens));
}
