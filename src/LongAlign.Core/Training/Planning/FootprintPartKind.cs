namespace LongAlign.Training;

/// <summary>The purpose of a part of the memory.</summary>
public enum FootprintPartKind
{
    /// <summary>The model's weights, with adapters and what is gathered of sharded ones.</summary>
    Weights,

    /// <summary>Gradients, and their float32 sums.</summary>
    Gradients,

    /// <summary>Float32 masters and both moments.</summary>
    OptimizerState,

    /// <summary>The activations that the forward pass keeps for the backward pass: a hidden state a layer, or all that a layer computes.</summary>
    KeptActivations,

    /// <summary>The activations of one layer during its backward pass; computed again, with gradient checkpointing.</summary>
    ActivationsInFlight,

    /// <summary>The memory of attention in its backward pass beside the activations that are kept.</summary>
    AttentionWorkspace,

    /// <summary>Logits of a chunk and gradients of the loss; over before the backward pass of the layers begins.</summary>
    Loss,

    /// <summary>Buffers between ranks.</summary>
    Communication,

    /// <summary>Token ids, labels, positions and weights of a batch and of the next one.</summary>
    Batches,

    /// <summary>Memory of freed tensors that the allocator keeps and the next tensor does not fit into: on the CPU where the process keeps it (<see cref="Native.FreedMemory.Kept"/>), on a GPU always.</summary>
    FreedMemory,

    /// <summary>Native libraries, the runtime, and the CUDA context.</summary>
    Runtime,
}
