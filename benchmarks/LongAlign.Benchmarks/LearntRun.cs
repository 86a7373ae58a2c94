namespace LongAlign.Benchmarks;

/// <summary>What a run of training came to.</summary>
/// <param name="HeldOutLoss">The loss of conversations that were not trained on, every one counting the same, in nats.</param>
/// <param name="Steps">Its optimizer steps.</param>
/// <param name="Evenness">How evenly the sequences of its first epoch counted.</param>
internal sealed record LearnedRun(double HeldOutLoss, int Steps, double Evenness);
