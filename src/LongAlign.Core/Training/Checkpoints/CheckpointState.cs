using System.Text.Json.Serialization;
using LongAlign.Batching;

namespace LongAlign.Training.Checkpoints;

/// <summary>The contents of a checkpoint beside tensors: <c>state.json</c>.</summary>
internal sealed record CheckpointState
{
    /// <summary>Optimizer steps done. The learning rate follows from it.</summary>
    public required int Step { get; init; }

    /// <summary>The sampler's state; null for a sampler that is not one of the library's.</summary>
    public required SamplerState? Sampler { get; init; }

    /// <summary>The settings that a resumed run must share, in words.</summary>
    public required SortedDictionary<string, string> Options { get; init; }

    public required RunTotals Totals { get; init; }

    /// <summary>All evaluations up to the step.</summary>
    public required IReadOnlyList<EvaluationReport> Evaluations { get; init; }

    /// <summary>The loss on held-out sequences after the step, if one was measured.</summary>
    [JsonIgnore]
    public double? EvaluationLoss => Evaluations is [.., var latest] && latest.Step == Step ? latest.Loss : null;

    /// <summary>Trained parameters that no step has given a gradient yet: the optimizer leaves them alone, moments and all.</summary>
    public required IReadOnlyList<string> WithoutGradient { get; init; }
}
