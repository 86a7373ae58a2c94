using static TorchSharp.torch;

namespace LongAlign.Losses;

/// <summary>The weighted loss of target tokens, and what it was made of.</summary>
/// <param name="Loss">Sum of weight x cross entropy, a float32 scalar with a graph behind it.</param>
/// <param name="CrossEntropies">Of each target, float32 [targets], without a graph.</param>
internal readonly record struct TargetLoss(Tensor Loss, Tensor CrossEntropies);
