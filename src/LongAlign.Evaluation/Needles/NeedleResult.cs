namespace LongAlign.Evaluation.Needles;

/// <summary>What became of one prompt.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Reply">The reply; null where there is none.</param>
/// <param name="Score">From 0 to 1; null where there is no reply.</param>
/// <param name="MissingReason">Why there is no reply; null where there is one.</param>
public sealed record NeedleResult(NeedlePrompt Prompt, string? Reply, double? Score, string? MissingReason);
