using System.Globalization;
using System.Text;
using LongAlign.Evaluation.Texts;

namespace LongAlign.Evaluation.Perplexity;

/// <summary>A model's perplexity on sequences, by position. Immutable.</summary>
public sealed class PerplexityReport
{
    internal PerplexityReport(IReadOnlyList<SequencePerplexity> sequences)
    {
        Sequences = sequences;
        Buckets = [.. sequences.SelectMany(sequence => sequence.Buckets).GroupBy(bucket => (bucket.From, bucket.To)).OrderBy(group => group.Key.From)
            .Select(group => new PositionBucket { From = group.Key.From, To = group.Key.To, Tokens = group.Sum(bucket => bucket.Tokens), Loss = MeanOf(group) })];
        Tokens = Buckets.Sum(bucket => bucket.Tokens);
        Loss = MeanOf(Buckets);
    }

    /// <summary>The sequences, in the order of the dataset.</summary>
    public IReadOnlyList<SequencePerplexity> Sequences { get; }

    /// <summary>The perplexity of all sequences by position; positions without a predicted token are left out.</summary>
    public IReadOnlyList<PositionBucket> Buckets { get; }

    /// <summary>Predicted tokens.</summary>
    public long Tokens { get; }

    /// <summary>Their mean cross entropy, in nats.</summary>
    public double Loss { get; }

    /// <summary>e to the power of the loss.</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>A table in Markdown.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        StringBuilder text = new("| positions | tokens | loss | perplexity |\n| --- | ---: | ---: | ---: |\n");
        foreach (PositionBucket bucket in Buckets)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {NumberText.Range(bucket.From, bucket.To)} | {bucket.Tokens:N0} | {bucket.Loss:0.0000} | {bucket.Perplexity:N2} |\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"| all | {Tokens:N0} | {Loss:0.0000} | {Perplexity:N2} |\n").ToString();
    }

    private static double MeanOf(IEnumerable<PositionBucket> buckets)
        => buckets.Sum(bucket => bucket.Loss * bucket.Tokens) / buckets.Sum(bucket => bucket.Tokens);
}
