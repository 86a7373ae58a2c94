using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Distributed;
using LongAlign.Losses;
using LongAlign.Native;
using LongAlign.Packing;
using LongAlign.Sequences;
using LongAlign.Training.Checkpoints;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>
/// Collects what a <see cref="LongAlignTrainer"/> needs: a model, a dataset, one of three batchings and an optimizer, and what is
/// optional beside them. Calls may come in any order; each may be made once.
/// </summary>
public sealed partial class LongAlignTrainerBuilder
{
    private readonly List<string> _calls = [];
    private readonly List<(string Call, Type Model, Action<nn.Module> Configure)> _configurations = [];
    private (nn.Module Module, ICausalLanguageModel Model)? _model;
    private ISequenceDataset? _dataset;
    private Func<ISequenceDataset, (IBatchSampler Sampler, IBatchCollator Collator, LengthLimit Limit)>? _batching;
    private LossReduction _reduction = LossReduction.PackMean;
    private AdamWOptions? _adamW;
    private LearningRateSchedule _schedule = LearningRateSchedule.Constant();
    private int _accumulationSteps = 1;
    private double _maxGradientNorm = double.PositiveInfinity;
    private bool _gradientCheckpointing;
    private bool _mixedPrecision;
    private ulong _seed = 42;
    private int _nonFiniteLimit = 5;
    private CheckpointOptions? _checkpoints;
    private ResumeOptions? _resume;
    private IProcessGroup _group = SingleProcessGroup.Instance;
    private bool _built;

    internal LongAlignTrainerBuilder()
    {
    }

    /// <summary>Required: the model to train, on its device and in its dtype.</summary>
    /// <typeparam name="TModel">A TorchSharp module that is a causal language model.</typeparam>
    /// <param name="model">The model; the caller keeps owning it.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseModel<TModel>(TModel model)
        where TModel : nn.Module, ICausalLanguageModel
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = (model, model);
        return Called();
    }

    /// <summary>
    /// Changes the model when the trainer is built, after everything was checked and before its parameters are read: how extensions
    /// of this builder, such as adapters, add themselves.
    /// </summary>
    /// <typeparam name="TModel">What the model must be; another is a fault that <see cref="Build"/> names.</typeparam>
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

    /// <summary>Packs of sequences up to a capacity, in random order (section 3.2 of the paper).</summary>
    /// <param name="configure">Changes the defaults.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UsePacking(Action<PackingOptions>? configure = null)
    {
        PackingOptions options = new();
        configure?.Invoke(options);
        _batching = dataset =>
        {
            PackingPlan plan = options.Algorithm.Pack(dataset.Lengths, options.Capacity, options.Overlong, options.MaxSequencesPerPack);
            PackedBatchSampler sampler = new(plan, dataset, _seed)
            {
                WorldSize = _group.WorldSize,
                Rank = _group.Rank,
                AccumulationSteps = _accumulationSteps,
                UnevenEnd = options.UnevenEnd,
                ExchangeEqualLengths = options.ExchangeEqualLengths,
            };
            return (sampler, new PackedBatchCollator(dataset), plan.Limit);
        };
        return Called();
    }

    /// <summary>Padded batches of neighbours by length, in random order (section 3.2 of the paper).</summary>
    /// <param name="configure">Changes the defaults.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseSortedBatching(Action<PaddedBatchingOptions>? configure = null)
    {
        UsePadding(configure, (dataset, options) => new SortedBatchSampler(dataset, options.BatchSize, _seed, options.Limit)
        {
            WorldSize = _group.WorldSize,
            Rank = _group.Rank,
            AccumulationSteps = _accumulationSteps,
            UnevenEnd = options.UnevenEnd,
        });
        return Called();
    }

    /// <summary>Padded batches of sequences in random order.</summary>
    /// <param name="configure">Changes the defaults.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseNaiveBatching(Action<PaddedBatchingOptions>? configure = null)
    {
        UsePadding(configure, (dataset, options) => new RandomBatchSampler(dataset, options.BatchSize, _seed, options.Limit)
        {
            WorldSize = _group.WorldSize,
            Rank = _group.Rank,
            AccumulationSteps = _accumulationSteps,
            UnevenEnd = options.UnevenEnd,
        });
        return Called();
    }

    /// <summary>A sampler and a collator of one's own.</summary>
    /// <param name="sampler">Decides the batches of every step; the seed and the accumulation are its own matter.</param>
    /// <param name="collator">Makes their tensors.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseBatching(IBatchSampler sampler, IBatchCollator collator)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        ArgumentNullException.ThrowIfNull(collator);
        _batching = _ => (sampler, collator, LengthLimit.None);
        return Called();
    }

    /// <summary>
    /// Weights the loss so that it does not depend on how sequences fell into batches. Without this call every micro-batch
    /// counts the same, as in packing without loss weighting (Eq. 3).
    /// </summary>
    /// <param name="reduction">By default every sequence counts the same (Eq. 2 and 4).</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseLossWeighting(LossReduction reduction = LossReduction.SequenceMean)
    {
        _reduction = reduction;
        return Called();
    }

    /// <summary>Required: trains with AdamW, in float32 whatever the model's dtype.</summary>
    /// <param name="learningRate">The base rate.</param>
    /// <param name="beta1">Decay of the running mean of gradients.</param>
    /// <param name="beta2">Decay of the running mean of squared gradients.</param>
    /// <param name="epsilon">Added to the denominator.</param>
    /// <param name="weightDecay">Decoupled weight decay.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseAdamW(
        double learningRate = 2e-5, double beta1 = 0.9, double beta2 = 0.95, double epsilon = 1e-8, double weightDecay = 0)
    {
        _adamW = new AdamWOptions { LearningRate = learningRate, Beta1 = beta1, Beta2 = beta2, Epsilon = epsilon, WeightDecay = weightDecay };
        return Called();
    }

    /// <summary>The learning rate stays the same after a warm-up; the default, without warm-up.</summary>
    /// <inheritdoc cref="LearningRateSchedule.Constant" path="/param|/exception"/>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseConstantSchedule(double warmupRatio = 0, int warmupSteps = 0)
        => UseSchedule(LearningRateSchedule.Constant(warmupRatio, warmupSteps));

    /// <summary>The learning rate falls along a line to 0 after a warm-up.</summary>
    /// <inheritdoc cref="LearningRateSchedule.Constant" path="/param|/exception"/>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseLinearSchedule(double warmupRatio = 0, int warmupSteps = 0)
        => UseSchedule(LearningRateSchedule.Linear(warmupRatio, warmupSteps));

    /// <summary>The learning rate falls along half a cosine to 0 after a warm-up (the paper's, with a ratio of 0.03).</summary>
    /// <inheritdoc cref="LearningRateSchedule.Constant" path="/param|/exception"/>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseCosineSchedule(double warmupRatio = 0, int warmupSteps = 0)
        => UseSchedule(LearningRateSchedule.Cosine(warmupRatio, warmupSteps));

    /// <summary>Several micro-batches to an optimizer step; their gradients add up to the step's, none is averaged twice.</summary>
    /// <param name="microBatches">Micro-batches of a step; 1 without this call.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseGradientAccumulation(int microBatches)
    {
        _accumulationSteps = microBatches;
        return Called();
    }

    /// <summary>Scales the gradients of a step so that their common L2 norm is at most a number.</summary>
    /// <param name="maxNorm">The largest norm; without this call gradients are not clipped.</param>
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

    /// <summary>Decides the order of the batches.</summary>
    /// <param name="seed">The same seed, data and options give the same batches on every platform; 42 without this call.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseSeed(ulong seed)
    {
        _seed = seed;
        return Called();
    }

    /// <summary>
    /// Trains in several processes, each on its share of every step's micro-batches: the loss and the weights are those of one process
    /// on the same steps. Every process builds the same trainer, on its own copy of the model, and starts it.
    /// </summary>
    /// <param name="group">The processes, such as <c>MpiProcessGroup</c> of LongAlign.Distributed.Mpi; the caller keeps owning it. One process without this call.</param>
    /// <returns>This builder.</returns>
    /// <remarks>
    /// <para>
    /// A step has <see cref="UseGradientAccumulation"/> micro-batches on each process. The run begins with the weights of rank 0,
    /// whatever the others hold. Only rank 0 reports progress and logs.
    /// </para>
    /// <para>All processes end a run at the same step: a cancellation of one cancels all, and a failure of one is an exception on all.</para>
    /// </remarks>
    public LongAlignTrainerBuilder UseProcessGroup(IProcessGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        _group = group;
        return Called();
    }

    /// <summary>
    /// Saves the run as it goes: after every so many steps, after the last one, and when it is cancelled. A checkpoint appears whole
    /// or not at all, whenever the process or the machine stops.
    /// </summary>
    /// <param name="directory">Where checkpoints go, a folder <c>checkpoint-00000200</c> for step 200; made if it does not exist.</param>
    /// <param name="everySteps">Steps from one checkpoint to the next, at least 1.</param>
    /// <param name="keep">How many are kept, the newest, at least 1; 3 by default. Older ones are deleted once a new one is whole.</param>
    /// <param name="keepBest">Whether the one with the lowest evaluation loss is kept beside them; no by default.</param>
    /// <returns>This builder.</returns>
    /// <remarks>
    /// A directory that holds checkpoints is refused unless the run goes on from one (<see cref="ResumeFrom"/>). While a checkpoint is
    /// written, the disk must hold one more than are kept.
    /// </remarks>
    public LongAlignTrainerBuilder SaveCheckpoints(string directory, int everySteps, int keep = 3, bool keepBest = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        _checkpoints = new CheckpointOptions(directory, everySteps, keep, keepBest);
        return Called();
    }

    /// <summary>
    /// Goes on from a checkpoint: the same batches and, on one machine, weights that are to the bit those of a run that never stopped.
    /// Model, data and options must be those of the run that wrote it; whatever differs is named and refused.
    /// </summary>
    /// <param name="path">
    /// A checkpoint, or the directory of <see cref="SaveCheckpoints"/>: the newest one that is whole. One that is damaged is named in a
    /// warning, and the one before it is used.
    /// </param>
    /// <param name="orBegin">Whether the run begins at step 0 where no checkpoint is whole; without it that is an error.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder ResumeFrom(string path, bool orBegin = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _resume = new ResumeOptions(path, orBegin);
        return Called();
    }

    /// <summary>
    /// Ends the run when several steps in a row have a loss or gradients that are not finite. Each of them changes neither weights nor
    /// moments, and is counted.
    /// </summary>
    /// <param name="steps">Steps in a row, at least 1; 5 without this call.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder StopAfterNonFinite(int steps)
    {
        _nonFiniteLimit = steps;
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
        if (faults.Count == 0)
        {
            TrainerSetup setup = Plan(faults);
            if (faults.Count == 0)
            {
                _configurations.ForEach(configuration => configuration.Configure(setup.Module));
                _built = true;
                (string Name, Parameter Parameter)[] named = [.. setup.Module.named_parameters()];
                return new LongAlignTrainer(setup with { Parameters = [.. named.Select(p => p.Parameter)], ParameterNames = [.. named.Select(p => p.Name)] });
            }
        }

        throw new InvalidOperationException($"The trainer can't be built:{string.Concat(faults.Select(fault => $"{Environment.NewLine}- {fault}"))}");
    }

    private LongAlignTrainerBuilder UseSchedule(LearningRateSchedule schedule)
    {
        _schedule = schedule;
        return Called("a learning rate schedule");
    }

    private void UsePadding(Action<PaddedBatchingOptions>? configure, Func<ISequenceDataset, PaddedBatchingOptions, IBatchSampler> makeSampler)
    {
        PaddedBatchingOptions options = new();
        configure?.Invoke(options);
        _batching = dataset => (makeSampler(dataset, options), new PaddedBatchCollator(dataset), options.Limit);
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
        Expect(_adamW is not null, "The optimizer is missing: call UseAdamW(...).");
        Expect(_accumulationSteps >= 1, $"UseGradientAccumulation: {_accumulationSteps} micro-batches; expected at least 1.");
        Expect(_maxGradientNorm > 0, $"UseGradientClipping: the largest norm is {_maxGradientNorm}; expected more than 0.");
        Expect(
            !_gradientCheckpointing || _model is null or { Model: IGradientCheckpointing },
            $"UseGradientCheckpointing: {_model?.Module.GetType().Name} can't compute its layers again; it would have to implement {nameof(IGradientCheckpointing)} with GradientCheckpoint.Run.");
        (string Name, Parameter Parameter)? other = _mixedPrecision && _model is { Module: var module } ? BFloat16.FindOther(module) : null;
        Expect(other is null, $"UseMixedPrecision: parameter {other?.Name} is {other?.Parameter.dtype}; expected Float32 or BFloat16.");
        foreach ((string call, Type type, _) in _configurations)
        {
            Expect(_model is null || type.IsInstanceOfType(_model.Value.Module), $"{call}: the model is {_model?.Module.GetType().Name}; expected {type.Name}.");
        }

        Expect(Enum.IsDefined(_reduction), $"UseLossWeighting: there is no reduction {_reduction}.");
        Expect(_nonFiniteLimit >= 1, $"StopAfterNonFinite: {_nonFiniteLimit} steps; expected at least 1.");
        _adamW?.Validate(faults);
        _checkpoints?.Validate(faults);
        _resume?.Validate(faults);
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

    private TrainerSetup Plan(List<string> faults)
    {
        (nn.Module module, ICausalLanguageModel model) = _model!.Value;
        (IBatchSampler sampler, IBatchCollator collator, LengthLimit limit) = _batching!(_dataset!);
        int longest = limit.Slice(TensorPrimitives.Max(_dataset!.Lengths)).Length;
        if (longest > model.MaxPositions)
        {
            faults.Add($"The longest sequence has {longest} tokens and the model {model.MaxPositions} positions; limit the length in the batching's options.");
        }

        if (!_dataset.TargetCounts.ContainsAnyExcept(0))
        {
            faults.Add("No sequence of the dataset has a target token: there is nothing to learn.");
        }

        PeriodicEvaluation? evaluation = PlanEvaluation(limit, model.MaxPositions, faults);
        if (sampler is BatchSampler { WorldSize: var size, Rank: var rank } && (size != _group.WorldSize || rank != _group.Rank))
        {
            faults.Add($"UseBatching: the sampler is that of rank {rank} of {size}, and this process is rank {_group.Rank} of {_group.WorldSize}.");
        }

        if (sampler.StepsPerEpoch == 0)
        {
            faults.Add("UnevenEnd.Drop leaves no step in an epoch: the dataset is smaller than one step.");
        }

        if (_gradientCheckpointing)
        {
            ((IGradientCheckpointing)model).GradientCheckpointing = true;
        }

        return new TrainerSetup
        {
            Model = model,
            Module = module,
            Parameters = [], // read when the model is configured
            ParameterNames = [],
            Dataset = _dataset,
            Sampler = sampler,
            Collator = collator,
            Reduction = _reduction,
            AdamW = _adamW!,
            Schedule = _schedule,
            MaxGradientNorm = _maxGradientNorm,
            MixedPrecision = _mixedPrecision,
            NonFiniteLimit = _nonFiniteLimit,
            Checkpoints = _checkpoints,
            Resume = _resume,
            Evaluation = evaluation,
            Group = _group,
            Progress = _group.Rank == 0 ? _progress : [],
            EvaluationProgress = _group.Rank == 0 ? _evaluationProgress : [],
            Logger = _group.Rank == 0 ? _logger : NullLogger.Instance,
        };
    }
}
