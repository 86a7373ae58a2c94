namespace LongAlign.Benchmarks;

/// <summary>The result of a training run.</summary>
/// <param name="HeldOutLoss">The loss of conversations that were not trained on, every one counting the same, in nats.</param>
/// <param name="Steps">Its optimizer steps.</param>
/// <param name="Evenness">The evenness of the weights of its first epoch's sequences.</param>
internal sealed record LearnedRun(double HeldOutLoss, int Steps, double Evenness);
