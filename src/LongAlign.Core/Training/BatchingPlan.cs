using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Sequences;

namespace LongAlign.Training;

/// <summary>The sampler and the collator that make the batches of a run.</summary>
/// <param name="Sampler">The sequences of every step.</param>
/// <param name="Collator">Makes their tensors.</param>
/// <param name="Limit">The length limit of sequences, in training as in evaluation.</param>
internal sealed record BatchingPlan(IBatchSampler Sampler, IBatchCollator Collator, LengthLimit Limit);
