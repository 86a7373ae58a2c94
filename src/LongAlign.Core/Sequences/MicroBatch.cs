using System.Globalization;

namespace LongAlign.Sequences;

/// <summary>
/// The sequences that one forward and backward pass sees on one device: a pack, or the rows of a padded batch. Indices
/// only; no token is read.
/// </summary>
/// <param name="Indices">Indices into the dataset, in the order in which the sequences are laid out.</param>
/// <param name="Limit">The limit to which longer sequences are cut.</param>
public readonly record struct MicroBatch(ReadOnlyMemory<int> Indices, LengthLimit Limit)
{
    /// <summary>The number of sequences.</summary>
    public int Count => Indices.Length;

    /// <summary>The process that runs it.</summary>
    /// <value>0 by default.</value>
    public int Rank { get; init; }

    /// <summary>The counts that the loss of its step is divided by.</summary>
    /// <value>Set in the micro-batches of a <see cref="Batching.BatchStep"/>. Null: the micro-batch is a separate step, and its loss is divided by its own counts.</value>
    public StepTotals? Totals { get; init; }

    /// <summary>One line for a log.</summary>
    /// <returns>The first sequences, and how many there are.</returns>
    public override string ToString()
    {
        string first = string.Join(", ", Indices.Span[..Math.Min(Count, 8)].ToArray());
        return string.Create(CultureInfo.InvariantCulture, $"{Count:N0} sequences ({first}{(Count > 8 ? ", ..." : "")})");
    }
}
