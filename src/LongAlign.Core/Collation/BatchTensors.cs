using static TorchSharp.torch;

namespace LongAlign.Collation;

/// <summary>The four tensors of a batch and the buffers that they are views of, on their way from the collator to the batch that owns them.</summary>
internal readonly record struct BatchTensors(Tensor InputIds, Tensor Labels, Tensor PositionIds, Tensor LossWeights, BatchBuffers Buffers);
