using LongAlign.Batching;
using LongAlign.Packing;

namespace LongAlign.Training;

/// <summary>How <see cref="LongAlignTrainerBuilder.UsePacking"/> batches: sequences laid one after another up to a capacity.</summary>
public sealed class PackingOptions
{
    /// <summary>Gets or sets the most tokens in a pack.</summary>
    /// <value>65,536 by default, the paper's.</value>
    public int Capacity { get; set; } = 65_536;

    /// <summary>Gets or sets which sequences go together.</summary>
    /// <value><see cref="PackingAlgorithm.BestFitDecreasing"/> by default.</value>
    public IPackingAlgorithm Algorithm { get; set; } = PackingAlgorithm.BestFitDecreasing;

    /// <summary>Gets or sets what happens to a sequence longer than the capacity.</summary>
    /// <value><see cref="OverlongPolicy.Throw"/> by default: <see cref="LongAlignTrainerBuilder.Build"/> fails and names it.</value>
    public OverlongPolicy Overlong { get; set; }

    /// <summary>Gets or sets the most sequences in a pack.</summary>
    /// <value>No limit by default.</value>
    public int MaxSequencesPerPack { get; set; } = int.MaxValue;

    /// <summary>Gets or sets whether sequences of equal length change places each epoch; see <see cref="PackedBatchSampler.ExchangeEqualLengths"/>.</summary>
    /// <value>False by default: all epochs have the same packs.</value>
    public bool ExchangeEqualLengths { get; set; }

    /// <summary>Gets or sets what happens to an epoch's last step where the sequences don't fill it.</summary>
    /// <value><see cref="UnevenEnd.SmallerStep"/> by default.</value>
    public UnevenEnd UnevenEnd { get; set; }
}
