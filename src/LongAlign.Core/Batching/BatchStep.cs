using System.Globalization;
using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>One optimizer step of an epoch, as one rank sees it. Immutable.</summary>
public sealed class BatchStep
{
    /// <summary>Makes a step.</summary>
    /// <param name="index">The step's number in its epoch, from 0.</param>
    /// <param name="microBatches">This rank's micro-batches; each gets the step's totals.</param>
    /// <param name="totals">M, K and the target tokens of the whole step, over all ranks.</param>
    public BatchStep(int index, IEnumerable<MicroBatch> microBatches, StepTotals totals)
    {
        ArgumentNullException.ThrowIfNull(microBatches);
        Index = index;
        Totals = totals;
        MicroBatches = [.. microBatches.Select(microBatch => microBatch with { Totals = totals })];
    }

    /// <summary>The step's number in its epoch, from 0.</summary>
    public int Index { get; }

    /// <summary>This rank's micro-batches, one after another; empty where the step's last packs fell to other ranks.</summary>
    public IReadOnlyList<MicroBatch> MicroBatches { get; }

    /// <summary>M, K and the target tokens of the whole step, over all ranks.</summary>
    public StepTotals Totals { get; }

    /// <summary>One line for a log.</summary>
    /// <returns>The step, its micro-batches and its totals.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"step {Index}: {MicroBatches.Count} micro-batches here, of {Totals}");
}
