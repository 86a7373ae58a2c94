using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>A micro-batch of a step and the rank that runs it.</summary>
/// <param name="Rank">The process, from 0 to <see cref="BatchSampler.WorldSize"/> - 1.</param>
/// <param name="MicroBatch">What it runs.</param>
public readonly record struct RankedMicroBatch(int Rank, MicroBatch MicroBatch);
