using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>One optimizer step of an epoch, as one rank sees it.</summary>
/// <param name="Index">The step's number in its epoch, from 0.</param>
/// <param name="MicroBatches">This rank's micro-batches, one after another; empty where the step's last packs fell to other ranks.</param>
/// <param name="Totals">M, K and the target tokens of the whole step, over all ranks.</param>
public sealed record BatchStep(int Index, IReadOnlyList<MicroBatch> MicroBatches, StepTotals Totals);
