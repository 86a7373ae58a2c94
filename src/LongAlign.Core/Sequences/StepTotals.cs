using System.Globalization;

namespace LongAlign.Sequences;

/// <summary>
/// The counts that the loss of a step is divided by: over all micro-batches, ranks and accumulation, known before the first
/// of them runs.
/// </summary>
/// <param name="SequenceCount">M of Eq. 2: sequences of the step that have a target token.</param>
/// <param name="MicroBatchCount">K of Eq. 3 and 4: micro-batches (packs) of the step that have a target token.</param>
/// <param name="TargetCount">Target tokens of the step.</param>
public readonly record struct StepTotals(int SequenceCount, int MicroBatchCount, long TargetCount)
{
    /// <summary>
    /// Whether the targets are guessed: a sampler made from lengths alone takes every token but a sequence's first for a target. Good for planning; a
    /// collator refuses such totals, because a loss divided by them is wrong.
    /// </summary>
    /// <value>False by default.</value>
    public bool IsEstimate { get; init; }

    /// <summary>One line for a log.</summary>
    /// <returns>The counts.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{SequenceCount:N0} sequences in {MicroBatchCount:N0} micro-batches, {TargetCount:N0} target tokens{(IsEstimate ? " (guessed)" : "")}");

    /// <exception cref="ArgumentException">The targets are guessed.</exception>
    internal void ThrowIfEstimate()
    {
        if (IsEstimate)
        {
            throw new ArgumentException(
                "The totals are those of a sampler made from lengths alone, which takes every token but a sequence's first for a target: a loss divided by them is wrong. "
                + "Make the sampler with the constructor that takes the dataset.");
        }
    }
}
