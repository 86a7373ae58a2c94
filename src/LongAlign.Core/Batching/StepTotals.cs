namespace LongAlign.Batching;

/// <summary>
/// What the loss of a step is divided by: counted over all micro-batches, ranks and accumulation, known before the first
/// of them runs.
/// </summary>
/// <param name="SequenceCount">M of Eq. 2: sequences of the step that have a target token.</param>
/// <param name="MicroBatchCount">K of Eq. 3 and 4: micro-batches (packs) of the step that have a target token.</param>
/// <param name="TargetCount">Target tokens of the step.</param>
public readonly record struct StepTotals(int SequenceCount, int MicroBatchCount, long TargetCount);
