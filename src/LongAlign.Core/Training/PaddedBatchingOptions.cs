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

    /// <summary>Gets or sets whether incomplete batches at the end of an epoch are left out.</summary>
    /// <value>False by default.</value>
    public bool DropLast { get; set; }
}
