using System.Globalization;

namespace LongAlign.Training;

/// <summary>The result of a training run.</summary>
public sealed class TrainingResult
{
    /// <summary>Gets whether the run ended before its last step because evaluations did not improve any more or a callback stopped it. The model holds every step that was done.</summary>
    public required bool IsStoppedEarly { get; init; }

    /// <summary>Gets the reason why a callback stopped the run; null where none did.</summary>
    public string? StopReason { get; init; }

    /// <summary>Gets the loss of every step, before its update; steps before the run was resumed included.</summary>
    public required IReadOnlyList<double> Losses { get; init; }

    /// <summary>Gets the tokens trained on, without padding.</summary>
    public required long Tokens { get; init; }

    /// <summary>Gets the padding tokens that the model computed.</summary>
    public required long PaddingTokens { get; init; }

    /// <summary>Gets the target tokens.</summary>
    public required long TargetTokens { get; init; }

    /// <summary>Gets the sequences trained on, counted again in each epoch.</summary>
    public required long Sequences { get; init; }

    /// <summary>Gets the number of steps that changed nothing, because their loss or the norm of their gradients was not finite.</summary>
    public int SkippedSteps { get; init; }

    /// <summary>Gets the newest checkpoint that the run wrote or was resumed from; null where there is none.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Gets the time of the run, evaluations included, without the time between two processes.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Gets the part of <see cref="Elapsed"/> that evaluations took.</summary>
    public required TimeSpan EvaluationTime { get; init; }

    /// <summary>Gets the evaluations, in order; empty without <see cref="LongAlignTrainerBuilder.EvaluateEvery"/>.</summary>
    public required IReadOnlyList<EvaluationReport> Evaluations { get; init; }

    /// <summary>Gets the evaluation of the lowest loss, the earliest of equals; null where there is none of a finite loss.</summary>
    public required EvaluationReport? BestEvaluation { get; init; }

    /// <summary>Gets the optimizer steps done.</summary>
    public int Steps => Losses.Count;

    /// <summary>Gets the tokens without padding per second of training; the time of evaluations does not count.</summary>
    public double TokensPerSecond => Tokens / Math.Max((Elapsed - EvaluationTime).TotalSeconds, double.Epsilon);

    /// <summary>Gets the share of padding among all tokens, from 0 to 1.</summary>
    public double PaddingShare => (double)PaddingTokens / Math.Max(1, Tokens + PaddingTokens);

    /// <summary>Gets the mean loss of the last tenth of the steps, at least one, without those that were skipped; NaN where there was none.</summary>
    public double FinalLoss => Losses.TakeLast((Losses.Count + 9) / 10).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    /// <summary>One line for a log.</summary>
    /// <returns>The steps, the loss, the speed, and why the run stopped early.</returns>
    public override string ToString()
    {
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{Steps:N0} steps, final loss {FinalLoss:F4}, {Tokens:N0} tokens at {TokensPerSecond:N0} tokens/s, padding {PaddingShare:P1}, {Elapsed:h\\:mm\\:ss}");
        return text
            + (SkippedSteps > 0 ? string.Create(CultureInfo.InvariantCulture, $", {SkippedSteps:N0} skipped") : "")
            + (BestEvaluation is { } best ? string.Create(CultureInfo.InvariantCulture, $", best held-out loss {best.Loss:F4} at step {best.Step:N0}") : "")
            + (IsStoppedEarly ? $", stopped early: {StopReason ?? "no gain on the held-out set"}" : "");
    }
}
