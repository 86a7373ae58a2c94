using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Distributed;
using LongAlign.Sequences;
using LongAlign.Training.Checkpoints;
using Microsoft.Extensions.Logging;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>Everything a run needs, checked.</summary>
internal sealed record TrainerSetup
{
    public required ITrainableModel Model { get; init; }

    public required nn.Module Module { get; init; }

    public required IReadOnlyList<Parameter> Parameters { get; init; }

    /// <summary>The names of <see cref="Parameters"/>, in their order.</summary>
    public required IReadOnlyList<string> ParameterNames { get; init; }

    /// <summary>The parameters that require a gradient, by name.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Trained
        => [.. ParameterNames.Zip(Parameters).Where(named => named.Second.requires_grad)];

    public required ISequenceDataset Dataset { get; init; }

    public required IBatchSampler Sampler { get; init; }

    public required IBatchCollator Collator { get; init; }

    public required ITrainingLoss Loss { get; init; }

    /// <summary>Makes the optimizer of the parameters that are trained.</summary>
    public required Func<IReadOnlyList<(string Name, Parameter Parameter)>, ITrainingOptimizer> Optimizer { get; init; }

    /// <summary>Whom to call, and whether the failure of one is the run's.</summary>
    public required IReadOnlyList<(ITrainingCallback Callback, bool EndsRunOnError)> Callbacks { get; init; }

    public required LearningRateSchedule Schedule { get; init; }

    public required double MaxGradientNorm { get; init; }

    public required bool MixedPrecision { get; init; }

    /// <summary>Micro-batches of a step on a rank from which on gradients of bfloat16 add up in float32.</summary>
    public required int Float32GradientsFrom { get; init; }

    /// <summary>The run stops after so many steps in a row whose loss or gradient norm is not finite.</summary>
    public required int NonFiniteLimit { get; init; }

    public required CheckpointOptions? Checkpoints { get; init; }

    /// <summary>A checkpoint or directory of checkpoints to resume from, and whether the run begins at step 0 where none is whole.</summary>
    public required (string Path, bool OrBegin)? Resume { get; init; }

    public required Evaluator? Evaluator { get; init; }

    public required IReadOnlyList<IProgress<TrainingProgress>> Progress { get; init; }

    public required IReadOnlyList<IProgress<EvaluationReport>> EvaluationProgress { get; init; }

    public required IProcessGroup Group { get; init; }

    public required Sharding Sharding { get; init; }

    /// <summary>Ranks that share each pack; 1: none do.</summary>
    public required int SequenceParallelism { get; init; }

    public required ILogger Logger { get; init; }
}
