namespace LongAlign.Distributed;

/// <summary>The stages of ZeRO (Rajbhandari et al. 2020): the state of which each rank holds only a share. A stage also shards what the stages before it do.</summary>
public enum Sharding
{
    /// <summary>Nothing: every rank holds weights, gradients and the optimizer's state.</summary>
    None,

    /// <summary>The optimizer's state and its float32 weights (stage 1).</summary>
    OptimizerState,

    /// <summary>Gradients, too (stage 2): those of a piece that is computed again are given away when its backward pass ends, all others after the micro-batch.</summary>
    Gradients,

    /// <summary>Weights, too (stage 3): those of a piece that is computed again are there while it is computed, all others throughout.</summary>
    Parameters,
}
