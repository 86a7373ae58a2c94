using LongAlign.Batching;
using LongAlign.Sequences;

namespace LongAlign.Training;

/// <summary>
/// How <see cref="LongAlignTrainerBuilder.UseNaiveBatching"/> and <see cref="LongAlignTrainerBuilder.UseSortedBatching"/> batch: rows
/// padded to the longest.
/// </summary>
public sealed class PaddedBatchingOptions
{
    /// <summary>Gets or sets the rows of a micro-batch.</summary>
    /// <value>1 by default, the paper's.</value>
    public int BatchSize { get; set; } = 1;

    /// <summary>Gets or sets how a sequence that is too long is cut.</summary>
    /// <value><see cref="LengthLimit.None"/> by default.</value>
    public LengthLimit Limit { get; set; } = LengthLimit.None;

    /// <summary>Gets or sets what happens to an epoch's last step where the sequences don't fill it.</summary>
    /// <value><see cref="UnevenEnd.SmallerStep"/> by default.</value>
    public UnevenEnd UnevenEnd { get; set; }
}
