using System.Globalization;

namespace LongAlign.Training;

/// <summary>The loss on held-out sequences at one moment of a run.</summary>
public sealed record EvaluationReport
{
    /// <summary>Gets the number of steps done.</summary>
    /// <value>0 before the first step.</value>
    public required int Step { get; init; }

    /// <summary>Gets the loss that decides which evaluation is best: <see cref="TokenLoss"/> of a run that trains by token, else <see cref="SequenceLoss"/>.</summary>
    public required double Loss { get; init; }

    /// <summary>Gets the mean of the sequences' mean cross entropies, in nats: every sequence counts the same.</summary>
    public required double SequenceLoss { get; init; }

    /// <summary>Gets the mean cross entropy of all target tokens, in nats: every token counts the same.</summary>
    public required double TokenLoss { get; init; }

    /// <summary>Gets the sequences that have a target token.</summary>
    public required int Sequences { get; init; }

    /// <summary>Gets their target tokens.</summary>
    public required long TargetTokens { get; init; }

    /// <summary>Gets the same by length of sequence, shortest first; buckets without a sequence are left out.</summary>
    public required IReadOnlyList<EvaluationBucket> Buckets { get; init; }

    /// <summary>Gets the time that the evaluation took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>One line for a console.</summary>
    /// <returns>Step, both losses and the loss of each bucket.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"held out at step {Step}  loss {SequenceLoss:F4} a sequence, {TokenLoss:F4} a token  ({string.Join(", ", Buckets.Select(bucket => string.Create(CultureInfo.InvariantCulture, $"{bucket.Name} {bucket.SequenceLoss:F4}")))})");
}
