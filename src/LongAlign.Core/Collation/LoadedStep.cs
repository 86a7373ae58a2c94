using LongAlign.Batching;

namespace LongAlign.Collation;

/// <summary>A step whose batches come out of a <see cref="BatchLoader"/>.</summary>
/// <param name="Step">The step: which micro-batches, and the totals.</param>
/// <param name="Batches">
/// A batch for each of the step's micro-batches, in order, once. The taker of a batch disposes it; batches that are not taken are
/// disposed when the next step is asked for.
/// </param>
public sealed record LoadedStep(BatchStep Step, IEnumerable<TrainingBatch> Batches);
