namespace LongAlign.Batching;

/// <summary>The points at which ranks wait for each other.</summary>
public enum RankSynchronization
{
    /// <summary>Once a step, when gradients are added up: every rank holds all weights (data parallel training).</summary>
    EachStep,

    /// <summary>At every micro-batch: weights are sharded and gathered layer by layer (ZeRO-3, FSDP), as in the paper.</summary>
    EachMicroBatch,
}
