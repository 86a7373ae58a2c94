namespace LongAlign.Training;

/// <summary>What a run evaluates with, and how often.</summary>
/// <param name="Every">Steps from one evaluation to the next.</param>
/// <param name="Evaluator">What evaluates.</param>
/// <param name="Options">When to stop early.</param>
internal sealed record PeriodicEvaluation(int Every, Evaluator Evaluator, EvaluationOptions Options);
