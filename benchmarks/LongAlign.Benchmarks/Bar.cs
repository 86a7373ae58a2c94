namespace LongAlign.Benchmarks;

/// <summary>What a part must reach, and what it reached in this run.</summary>
/// <param name="Part">The part of the library.</param>
/// <param name="What">What was measured.</param>
/// <param name="Measured">The outcome, with its unit.</param>
/// <param name="Required">What is required.</param>
/// <param name="IsMet">Whether the outcome is good enough.</param>
internal sealed record Bar(string Part, string What, string Measured, string Required, bool IsMet);
