using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Distributed;
using LongAlign.Losses;
using Microsoft.Extensions.Logging;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>Everything a run needs, checked.</summary>
internal sealed record TrainerSetup
{
    public required ICausalLanguageModel Model { get; init; }

    public required nn.Module Module { get; init; }

    public required IReadOnlyList<Parameter> Parameters { get; init; }

    public required IBatchSampler Sampler { get; init; }

    public required IBatchCollator Collator { get; init; }

    public required LossReduction Reduction { get; init; }

    public required AdamWOptions AdamW { get; init; }

    public required LearningRateSchedule Schedule { get; init; }

    public required double MaxGradientNorm { get; init; }

    public required bool MixedPrecision { get; init; }

    public required IProcessGroup Group { get; init; }

    public required IProgress<TrainingProgress>? Progress { get; init; }

    public required ILogger Logger { get; init; }
}
