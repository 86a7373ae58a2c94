using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using LongAlign.Batching;
using LongAlign.Distributed;
using LongAlign.Losses;
using LongAlign.Native;
using LongAlign.Sequences;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>
/// Collects what a <see cref="LongAlignTrainer"/> needs: a model, a dataset, one of three batchings and an optimizer, and what is
/// optional beside them. Calls may come in any order; each may be made once.
/// </summary>
/// <example>
/// <code>
/// LongAlignTrainer trainer = LongAlignTrainer.CreateBuilder()
///     .UseModel(model)
///     .UseDataset(dataset)
///     .UsePacking(packing => packing.Capacity = 65_536)
///     .UseAdamW(learningRate: 2e-5)
///     .SaveCheckpoints("out", everySteps: 200)
///     .ResumeFrom("out", orBegin: true)
///     .Build();
/// TrainingResult result = await trainer.TrainAsync(epochs: 2, cancellationToken);
/// </code>
/// </example>
public sealed partial class LongAlignTrainerBuilder
{
    private readonly List<string> _calls = [];
    private readonly List<(string Call, Type Model, Action<nn.Module> Configure)> _configurations = [];
    private (nn.Module Module, ITrainableModel Model)? _model;
    private ISequenceDataset? _dataset;
    private LossReduction _reduction = LossReduction.SequenceMean;
    private int? _accumulationSteps;
    private double _maxGradientNorm = 1;
    private bool _gradientCheckpointing;
    private bool _mixedPrecision;
    private int _float32GradientsFrom = 32;
    private ulong _seed = 42;
    private bool _built;

    internal LongAlignTrainerBuilder()
    {
    }

    /// <summary>Required: the model to train, on its device and in its dtype.</summary>
    /// <typeparam name="TModel">A TorchSharp module that is an <see cref="ICausalLanguageModel"/>, an <see cref="ILogitsModel"/> or an <see cref="IPaddedModel"/>.</typeparam>
    /// <param name="model">The model; the caller keeps owning it.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseModel<TModel>(TModel model)
        where TModel : nn.Module, ITrainableModel
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = (model, model);
        return Called();
    }

    /// <summary>
    /// Changes the model when the trainer is built, after everything was checked and before its parameters are read: how extensions
    /// of this builder, such as adapters, add themselves.
    /// </summary>
    /// <typeparam name="TModel">The expected type of the model; another is a fault that <see cref="Build"/> names.</typeparam>
    /// <param name="configure">Changes the model. What it throws leaves <see cref="Build"/> as it is.</param>
    /// <param name="call">The name of the extension, for messages; each may be called once.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder ConfigureModel<TModel>(Action<TModel> configure, [CallerMemberName] string call = "")
        where TModel : class
    {
        ArgumentNullException.ThrowIfNull(configure);
        _configurations.Add((call, typeof(TModel), module => configure((TModel)(object)module)));
        return Called(call);
    }

    /// <summary>Required: the sequences to train on.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseDataset(ISequenceDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        _dataset = dataset;
        return Called();
    }

    /// <summary>
    /// Sets the unit that counts the same in the loss of a step. Without this call it is the sequence, however sequences fell into batches
    /// (Eq. 2 and 4).
    /// </summary>
    /// <param name="reduction"><see cref="LossReduction.PackMean"/> is packing without loss weighting (Eq. 3), for comparison.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseLossWeighting(LossReduction reduction = LossReduction.SequenceMean)
    {
        _reduction = reduction;
        return Called();
    }

    /// <summary>Several micro-batches to an optimizer step; their gradients add up to the step's, none is averaged twice.</summary>
    /// <param name="microBatches">
    /// Micro-batches of a step on each rank; 1 without this call. Where a step's sequences are chosen first, a step has on average the tokens of
    /// so many full packs a rank.
    /// </param>
    /// <returns>This builder.</returns>
    /// <remarks>A global batch size in the options of the batching says the same in sequences; give one of them.</remarks>
    public LongAlignTrainerBuilder UseGradientAccumulation(int microBatches)
    {
        _accumulationSteps = microBatches;
        return Called();
    }

    /// <summary>Scales the gradients of a step so that their common L2 norm is at most a number.</summary>
    /// <param name="maxNorm">The largest norm; 1 without this call. <see cref="double.PositiveInfinity"/> clips nothing.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseGradientClipping(double maxNorm)
    {
        _maxGradientNorm = maxNorm;
        return Called();
    }

    /// <summary>
    /// Computes each layer again in the backward pass instead of keeping what it computed: memory falls to one hidden state a layer,
    /// time grows by one forward pass (about a third), gradients stay the same.
    /// </summary>
    /// <returns>This builder.</returns>
    /// <remarks>The model must be <see cref="IGradientCheckpointing"/>; the call switches it on for good.</remarks>
    public LongAlignTrainerBuilder UseGradientCheckpointing()
    {
        _gradientCheckpointing = true;
        return Called();
    }

    /// <summary>
    /// Trains in bfloat16 with float32 master weights: the model's float32 parameters and buffers become bfloat16 when the run begins
    /// (also frozen ones, but not those of an <see cref="IFloat32Module"/>), and the optimizer keeps the weights as they were, and its moments, in float32.
    /// </summary>
    /// <returns>This builder.</returns>
    /// <remarks>
    /// 16 bytes a trained parameter, with its gradient: no less than float32, but activations take half the memory and products of
    /// matrices run at the speed of bfloat16. Without this call a model trains in the dtype that it has; one loaded in bfloat16
    /// gets master weights all the same, which begin at the rounded weights. Gradients are bfloat16, their norm and the update
    /// float32. After the run the parameters are the master weights, rounded to bfloat16.
    /// </remarks>
    public LongAlignTrainerBuilder UseMixedPrecision()
    {
        _mixedPrecision = true;
        return Called();
    }

    /// <summary>
    /// Adds up the gradients of bfloat16 parameters in float32 over the micro-batches of a step, and rounds the sum once. Without it each addition
    /// is rounded, and of hundreds of micro-batches a part is lost (5 to 27 % of the norm at 512).
    /// </summary>
    /// <param name="fromMicroBatches">
    /// Micro-batches of a step on a rank from which on it is done; all steps by default. Without this call it is done from 32 on.
    /// <see cref="int.MaxValue"/> never does it.
    /// </param>
    /// <returns>This builder.</returns>
    /// <remarks>The price is 4 bytes a trained parameter. Float32 models need none of it.</remarks>
    public LongAlignTrainerBuilder UseFloat32Gradients(int fromMicroBatches = 1)
    {
        _float32GradientsFrom = fromMicroBatches;
        return Called();
    }

    /// <summary>Decides the order of the batches.</summary>
    /// <param name="seed">The same seed, data and options give the same batches on every platform; 42 without this call.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseSeed(ulong seed)
    {
        _seed = seed;
        return Called();
    }

    /// <summary>Checks everything, plans the batches and makes the trainer. The builder can't be used again.</summary>
    /// <returns>The trainer.</returns>
    /// <exception cref="InvalidOperationException">Calls are missing, were made twice or contradict each other; the message names them all.</exception>
    public LongAlignTrainer Build()
    {
        ThrowIfBuilt();
        TorchRuntime.EnsureAvailable();
        List<string> faults = FindFaults();
        ThrowIfAny(faults);
        BatchingPlan batching = PlanBatching();
        Evaluator? evaluator = PlanEvaluation(batching.Limit, _model!.Value.Model, faults);
        FindFaults(batching, faults);
        ThrowIfAny(faults);
        TrainerSetup setup = SetUp(batching, evaluator);
        _built = true;
        return new LongAlignTrainer(setup);
    }

    private static void ThrowIfAny(List<string> faults)
    {
        if (faults.Count > 0)
        {
            throw new InvalidOperationException($"The trainer can't be built:{string.Concat(faults.Select(fault => $"{Environment.NewLine}- {fault}"))}");
        }
    }

    private LongAlignTrainerBuilder Called([CallerMemberName] string call = "")
    {
        ThrowIfBuilt();
        _calls.Add(call);
        return this;
    }

    private void ThrowIfBuilt()
    {
        if (_built)
        {
            throw new InvalidOperationException("This builder has built its trainer; make another with LongAlignTrainer.CreateBuilder().");
        }
    }

    private List<string> FindFaults()
    {
        string[] batchings = [nameof(UsePacking), nameof(UseSortedBatching), nameof(UseNaiveBatching), nameof(UseBatching)];
        string[] chosen = [.. batchings.Intersect(_calls)];
        List<string> faults = [.. _calls.GroupBy(call => call).Where(group => group.Count() > 1).Select(group => $"{group.Key} was called {group.Count()} times; expected once.")];
        Expect(_model is not null, "The model is missing: call UseModel(...).");
        Expect(_dataset is not null, "The dataset is missing: call UseDataset(...).");
        Expect(chosen.Length > 0, $"The batching is missing: call one of {string.Join(", ", batchings)}.");
        Expect(chosen.Length < 2, $"Batchings exclude each other, and these were called: {string.Join(", ", chosen)}.");
        string[] optimizers = [.. new[] { nameof(UseAdamW), nameof(UseOptimizer) }.Intersect(_calls)];
        Expect(optimizers.Length > 0, "The optimizer is missing: call UseAdamW(...) or UseOptimizer(...).");
        Expect(optimizers.Length < 2, "UseAdamW and UseOptimizer exclude each other.");
        Expect(!_mixedPrecision || !optimizers.Contains(nameof(UseOptimizer)), "UseMixedPrecision needs UseAdamW, which keeps the float32 weights; UseOptimizer trains in the dtype that the model has.");
        Expect(_loss is null || !_calls.Contains(nameof(UseLossWeighting)), "UseLoss and UseLossWeighting exclude each other.");
        Expect(_loss is null or { Metrics.Count: <= StepSums.MaxMetrics }, $"UseLoss: {_loss?.Metrics.Count} metrics; expected at most {StepSums.MaxMetrics}.");
        Expect(
            _loss is null || _loss.Metrics.Distinct(StringComparer.Ordinal).Count(name => !string.IsNullOrWhiteSpace(name)) == _loss.Metrics.Count,
            $"UseLoss: the metrics are {string.Join(", ", _loss?.Metrics.Select(name => $"'{name}'") ?? [])}; expected names that differ.");
        Expect(_accumulationSteps is null or >= 1, $"UseGradientAccumulation: {_accumulationSteps} micro-batches; expected at least 1.");
        Expect(_float32GradientsFrom >= 1, $"UseFloat32Gradients: {_float32GradientsFrom} micro-batches; expected at least 1.");
        Expect(_maxGradientNorm > 0, $"UseGradientClipping: the largest norm is {_maxGradientNorm}; expected more than 0.");
        Expect(
            !_gradientCheckpointing || _model is null or { Model: IGradientCheckpointing },
            $"UseGradientCheckpointing: {_model?.Module.GetType().Name} can't compute its layers again; it would have to implement {nameof(IGradientCheckpointing)} with GradientCheckpoint.Run.");
        (string Name, Parameter Parameter)? other = _mixedPrecision && _model is { Module: var module } ? BFloat16.FindOther(module) : null;
        Expect(other is null, $"UseMixedPrecision: parameter {other?.Name} is {other?.Parameter.dtype}; expected Float32 or BFloat16.");
        if (_model is { Model: var kind })
        {
            Expect(
                ModelLoss.CanBeTaken(kind),
                $"UseModel: {kind.GetType().Name} implements none of the model interfaces; expected {nameof(ICausalLanguageModel)}, {nameof(ILogitsModel)} or {nameof(IPaddedModel)}.");
            Expect(
                !ModelLoss.NeedsRows(kind) || !chosen.Contains(nameof(UsePacking)),
                $"UsePacking: {kind.GetType().Name} is an {nameof(IPaddedModel)} and takes padded rows, no packs; use {nameof(UseSortedBatching)} or {nameof(UseNaiveBatching)}.");
        }

        if (_model is { Module: var whole } && ModuleParameters.FindFault(whole) is { } fault)
        {
            faults.Add($"UseModel: {fault}");
        }

        foreach ((string call, Type type, _) in _configurations)
        {
            Expect(_model is null || type.IsInstanceOfType(_model.Value.Module), $"{call}: the model is {_model?.Module.GetType().Name}; expected {type.Name}.");
        }

        Expect(Enum.IsDefined(_reduction), $"UseLossWeighting: {UndefinedValue.Message(_reduction, "a reduction")}");
        Expect(_nonFiniteLimit >= 1, $"StopAfterNonFinite: {_nonFiniteLimit} steps; expected at least 1.");
        faults.AddRange(FindShardingFaults());
        faults.AddRange(FindSharingFaults(chosen));
        _validateBatching(Context(), faults);
        _adamW?.Validate(faults);
        _checkpoints?.Validate(faults);
        Expect(
            _resume is not { OrBegin: false, Path: var path } || Directory.Exists(path),
            $"ResumeFrom: there is no folder '{_resume?.Path}'; `orBegin: true` begins a new run there.");
        _evaluation?.Options.Validate(_evaluation.Value.Every, faults);
        return faults;

        void Expect(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }
    }

    /// <summary>Plans; what the data does not allow is a fault of the builder's calls.</summary>
    private BatchingPlan PlanBatching()
    {
        try
        {
            return _batching!(_dataset!, Context());
        }
        catch (ArgumentException error)
        {
            throw new InvalidOperationException($"The trainer can't be built: {error.Message}", error);
        }
    }

    private BatchingContext Context() => new()
    {
        Seed = _seed,
        WorldSize = _group.WorldSize / SharingRanks,
        Rank = _group.Rank / SharingRanks,
        MeetsAtMicroBatches = _sharding >= Sharding.Gradients,
        AccumulationSteps = _accumulationSteps,
        MaxPositions = _model?.Model.MaxPositions ?? int.MaxValue,
        Cost = _model?.Model.Cost,
    };

    /// <summary>Adds the faults that the batching plan shows.</summary>
    private void FindFaults(BatchingPlan batching, List<string> faults)
    {
        EpochSequences? sequences = (batching.Sampler as BatchSampler)?.Sequences;
        int longest = batching.Limit.Slice(TensorPrimitives.Max(sequences is null ? _dataset!.Lengths : sequences.Lengths)).Length;
        int positions = _model!.Value.Model.MaxPositions;
        if (longest > positions)
        {
            faults.Add($"The longest sequence has {longest} tokens and the model {positions} positions; limit the length in the batching's options.");
        }

        if (!_dataset!.TargetCounts.ContainsAnyExcept(0))
        {
            faults.Add("No sequence of the dataset has a target token: there is nothing to learn.");
        }
        else if (sequences is not null && !sequences.Kept.Any(sequence => sequences.Targets[sequence] > 0))
        {
            faults.Add(
                $"No sequence has a target token left: {sequences.Truncated.Length} of {_dataset.Count} were cut to {sequences.Limit.MaxTokens} tokens and {sequences.LeftOut.Length} left out; "
                + "there is nothing to learn. Raise the most tokens of a sequence, or cut on the left.");
        }

        BatchingContext context = Context();
        if (batching.Sampler is BatchSampler { WorldSize: var size, Rank: var rank } && (size != context.WorldSize || rank != context.Rank))
        {
            string sharing = SharingRanks == 1 ? "" : $", and {SharingRanks} ranks share each pack: expected that of rank {context.Rank} of {context.WorldSize}";
            faults.Add($"UseBatching: the sampler is that of rank {rank} of {size}, and this process is rank {_group.Rank} of {_group.WorldSize}{sharing}.");
        }

        if (batching.Sampler is BatchSampler sampler && sampler.FindFault() is { } fault)
        {
            faults.Add(fault);
        }

        if (batching.Sampler.StepsPerEpoch == 0)
        {
            faults.Add("UnevenEnd.Drop leaves no step in an epoch: the dataset is smaller than one step.");
        }
    }

    /// <summary>Changes the model as was asked for, now that nothing can fail any more, and reads its parameters then.</summary>
    private TrainerSetup SetUp(BatchingPlan batching, Evaluator? evaluator)
    {
        (nn.Module module, ITrainableModel model) = _model!.Value;
        if (_gradientCheckpointing)
        {
            ((IGradientCheckpointing)model).GradientCheckpointing = true;
        }

        _configurations.ForEach(configuration => configuration.Configure(module));
        (string Name, Parameter Parameter)[] named = [.. ModuleParameters.Of(module)];
        bool isFirst = _group.Rank == 0;
        return new TrainerSetup
        {
            Model = model,
            Module = module,
            Parameters = [.. named.Select(p => p.Parameter)],
            ParameterNames = [.. named.Select(p => p.Name)],
            Dataset = _dataset!,
            Sampler = batching.Sampler,
            Collator = batching.Collator,
            Loss = _loss ?? new CrossEntropyLoss(_reduction),
            Optimizer = _optimizer!,
            Callbacks = _callbacks,
            Schedule = _schedule,
            MaxGradientNorm = _maxGradientNorm,
            MixedPrecision = _mixedPrecision,
            Float32GradientsFrom = _float32GradientsFrom,
            NonFiniteLimit = _nonFiniteLimit,
            Checkpoints = _checkpoints,
            Resume = _resume,
            Evaluator = evaluator,
            Group = _group,
            Sharding = _sharding,
            SequenceParallelism = _sequenceParallelism,
            Progress = isFirst ? _progress : [],
            EvaluationProgress = isFirst ? _evaluationProgress : [],
            Logger = isFirst ? _logger : NullLogger.Instance,
        };
    }
}
