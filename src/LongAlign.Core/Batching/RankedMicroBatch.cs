using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>A micro-batch of a step and the rank that runs it.</summary>
internal readonly record struct RankedMicroBatch(int Rank, MicroBatch MicroBatch);
