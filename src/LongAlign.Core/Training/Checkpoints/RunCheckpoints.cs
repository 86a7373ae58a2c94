using System.Diagnostics;
using System.Globalization;
using LongAlign.Batching;
using LongAlign.Distributed;
using LongAlign.Losses;
using LongAlign.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training.Checkpoints;

/// <summary>Resumes a run where another stopped, and saves it at intervals. Does nothing in a run that neither saves nor resumes.</summary>
internal sealed class RunCheckpoints : IDisposable
{
    private readonly TrainerSetup _setup;
    private readonly WeightUpdate _update;
    private readonly RankVote _vote;
    private readonly RunCallbacks _callbacks;
    private readonly SortedDictionary<string, string>? _options;
    private readonly int _totalSteps;
    private readonly CheckpointDirectory? _directory;
    private IDisposable? _lock;
    private Tensor? _random;
    private int _savedStep;

    /// <summary>Makes them. Call it before the model is cast: its parameters are compared as they come.</summary>
    public RunCheckpoints(TrainerSetup setup, WeightUpdate update, RankVote vote, RunCallbacks callbacks, int totalSteps)
    {
        _setup = setup;
        _update = update;
        _vote = vote;
        _callbacks = callbacks;
        _totalSteps = totalSteps;
        _options = setup.Checkpoints is null && setup.Resume is null ? null : RunIdentity.Of(setup, update.Optimizer, totalSteps);
        _directory = setup.Checkpoints is null ? null : new CheckpointDirectory(setup.Checkpoints.Directory);
    }

    /// <summary>Rank 0 writes for all, except the state that each rank alone has; every rank reads.</summary>
    private bool IsWriter => _setup.Group.Rank == 0;

    /// <summary>The newest checkpoint that the run has written or begun with.</summary>
    public string? Newest { get; private set; }

    /// <summary>The evaluations of the resumed run.</summary>
    public IReadOnlyList<EvaluationReport> Evaluations { get; private set; } = [];

    /// <summary>Restores the run to go on with, if there is one.</summary>
    /// <returns>A meter that stands where the run does.</returns>
    public RunMeter Begin()
    {
        if (IsWriter)
        {
            _lock = _directory?.Lock();
            _directory?.DeleteLeftovers(_setup.Logger);
        }

        RunMeter meter = Resume() ?? new RunMeter();
        _savedStep = meter.Steps;
        ThrowIfDirectoryIsTaken();
        MarkRandom();
        return meter;
    }

    /// <summary>Saves after a whole step, if it is time.</summary>
    /// <param name="meter">Knows the step.</param>
    /// <param name="evaluations">All so far.</param>
    /// <param name="isAskedFor">Whether it is to be saved though it is not time. The run's last step is always saved.</param>
    public void EndStep(RunMeter meter, EvaluationHistory evaluations, bool isAskedFor)
    {
        MarkRandom();
        if (_setup.Checkpoints is { } options && (isAskedFor || meter.Steps % options.EverySteps == 0 || meter.Steps == _totalSteps))
        {
            Save(meter, evaluations);
        }
    }

    /// <summary>Saves the last whole step of a run that ends early, unless it is saved already.</summary>
    public void EndEarly(RunMeter meter, EvaluationHistory evaluations)
    {
        if (_setup.Checkpoints is not null && meter.Steps != _savedStep)
        {
            Save(meter, evaluations);
        }
    }

    public void Dispose()
    {
        _random?.Dispose();
        _lock?.Dispose();
    }

    /// <summary>The random state after a whole step; the first micro-batches of the next one may have drawn from it when the run is cancelled.</summary>
    private void MarkRandom()
    {
        if (_directory is not null)
        {
            _random?.Dispose();
            _random = random.get_rng_state().DetachFromDisposeScope();
        }
    }

    private void Save(RunMeter meter, EvaluationHistory evaluations)
    {
        int step = meter.Steps;
        string folder = _directory!.NewFolderOf(step);
        using Tensor randomStates = GatherRandom();
        using IDisposable? weights = _update.GatherWeights();
        Stopwatch watch = Stopwatch.StartNew();
        try
        {
            if (IsWriter)
            {
                TrainingLog.Saving(_setup.Logger, step, folder);
                CheckpointDirectory.TryDelete(folder, _setup.Logger);
                Directory.CreateDirectory(folder);
            }

            WriteOptimizer(folder);
            if (IsWriter)
            {
                using DisposeScope scope = NewDisposeScope();
                CheckpointWriter.Write(folder, StateOf(meter, evaluations), _setup.Module, meter.Losses, randomStates);
                _directory.Publish(step, _setup.Logger);
            }
        }
        catch (Exception e) when (e is not ProcessGroupException)
        {
            CheckpointDirectory.TryDelete(folder, _setup.Logger);
            throw new CheckpointException($"The checkpoint of step {step} could not be written to {folder}, and training stops; earlier checkpoints are untouched. {e.Message}", e);
        }

        (_savedStep, Newest) = (step, _directory.FolderOf(step));
        if (IsWriter)
        {
            TrainingLog.Saved(_setup.Logger, step, Newest, watch.Elapsed.TotalSeconds);
            _directory.DeleteOld(step, _setup.Checkpoints!.Keep, _setup.Checkpoints.KeepBest, _setup.Logger);
        }

        _callbacks.AfterCheckpoint(step, Newest);
    }

    /// <summary>Writes what each rank alone has, between making the folder and writing the manifest.</summary>
    private void WriteOptimizer(string folder)
    {
        bool isShared = _update.IsShared;
        if (isShared)
        {
            _vote.AddUp([]);
        }

        if (isShared || IsWriter)
        {
            CheckpointWriter.WriteOptimizer(folder, [.. _update.State], isShared ? _setup.Group.Rank : 0, isShared ? _setup.Group.WorldSize : 1);
        }

        if (isShared)
        {
            _vote.AddUp([]);
        }
    }

    /// <summary>The random states of all ranks, uint8 [ranks, bytes]: each draws different numbers.</summary>
    private Tensor GatherRandom()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor states = zeros(_setup.Group.WorldSize, _random!.numel(), ScalarType.Int64);
        states[_setup.Group.Rank].copy_(_random);
        _setup.Group.AllReduceSum(states);
        return states.to(ScalarType.Byte).MoveToOuterDisposeScope();
    }

    private CheckpointState StateOf(RunMeter meter, EvaluationHistory evaluations) => new()
    {
        Step = meter.Steps,
        Sampler = SamplerAt(meter.Steps),
        Options = _options!,
        Totals = meter.Totals,
        Evaluations = evaluations.Reports,
        WithoutGradient = _update.WithoutGradient,
    };

    private SamplerState? SamplerAt(int step)
        => (_setup.Sampler as BatchSampler)?.GetState(step / _setup.Sampler.StepsPerEpoch, step % _setup.Sampler.StepsPerEpoch);

    private RunMeter? Resume()
    {
        if (_setup.Resume is not (string path, bool orBegin))
        {
            return null;
        }

        List<string> faults = [];
        if (CheckpointDirectory.FindWhole(path, _setup.Logger, faults) is not (string folder, CheckpointState state))
        {
            if (orBegin)
            {
                TrainingLog.Begins(_setup.Logger, path);
                return null;
            }

            throw new CheckpointException(faults.Count == 0
                ? $"'{path}' has no checkpoint to resume from."
                : $"No checkpoint in '{path}' is whole:{Lines(faults)}");
        }

        ThrowIfOther(folder, state);
        RunMeter meter = Restore(folder, state);
        Newest = folder;
        TrainingLog.Resumed(_setup.Logger, folder, state.Step);
        return meter;
    }

    private void ThrowIfOther(string folder, CheckpointState state)
    {
        SamplerState? here = SamplerAt(0);
        string[] differences =
        [
            .. state.Sampler is null || here is null ? [] : DealtHere(state.Sampler).FindDifferences(here),
            .. RunIdentity.FindDifferences(IsOtherEndAllowed(state) ? WithTotalSteps(state.Options) : state.Options, _options!),
        ];
        if (differences.Length > 0)
        {
            string advice = differences is [var only] && only.StartsWith(RunIdentity.TotalSteps, StringComparison.Ordinal)
                ? $"{Environment.NewLine}The schedule would have given the {state.Step} steps done other rates in a run of that length: a constant schedule, with a warm-up in steps, allows any number of steps."
                : "";
            throw new CheckpointException($"{folder} belongs to another run, and resuming it would train something else:{Lines(differences)}{advice}");
        }
    }

    /// <summary>Adapts a state to this number of ranks, where steps are the same for any number. The mean of packs depends on how the ranks pack.</summary>
    private SamplerState DealtHere(SamplerState state)
        => _setup.Sampler is GlobalBatchSampler sampler && _setup.Loss is not CrossEntropyLoss { Reduction: LossReduction.PackMean } ? sampler.DealtHere(state) : state;

    /// <summary>Whether the steps done would have had the same rates in a run that ends where this one does: then it may resume with more steps, or fewer.</summary>
    private bool IsOtherEndAllowed(CheckpointState state)
        => int.TryParse(state.Options.GetValueOrDefault(RunIdentity.TotalSteps), CultureInfo.InvariantCulture, out int theirs)
            && state.Step <= _totalSteps
            && state.Options.GetValueOrDefault(RunIdentity.Schedule) == _options!.GetValueOrDefault(RunIdentity.Schedule)
            && Enumerable.Range(0, state.Step).All(step => _setup.Schedule.GetFactor(step, theirs) == _setup.Schedule.GetFactor(step, _totalSteps));

    private SortedDictionary<string, string> WithTotalSteps(SortedDictionary<string, string> options)
        => new(options, StringComparer.Ordinal) { [RunIdentity.TotalSteps] = _options![RunIdentity.TotalSteps] };

    private RunMeter Restore(string folder, CheckpointState state)
    {
        // In no dispose scope: an optimizer may make tensors that it keeps.
        using OptimizerParts optimizer = new(folder);
        ModuleWeights.Load(_setup.Module, Path.Combine(folder, CheckpointWriter.ModelFolder));
        _update.Restore(optimizer, state.WithoutGradient);
        using DisposeScope scope = NewDisposeScope();
        using SafetensorsReader run = new(Path.Combine(folder, CheckpointWriter.RunFile));
        double[] losses = run.Read(CheckpointWriter.LossesTensor).data<double>().ToArray();
        if (losses.Length != state.Step)
        {
            throw new CheckpointException($"{run.FilePath} holds {losses.Length} losses; expected {state.Step}, one a step.");
        }

        RestoreRandom(run.Read(CheckpointWriter.RandomTensor));
        Evaluations = state.Evaluations;
        return new RunMeter(state.Totals, losses, state.Evaluations);
    }

    /// <summary>A rank that there was not before gets the state of another one, moved on.</summary>
    private void RestoreRandom(Tensor states)
    {
        (int rank, int ranks) = (_setup.Group.Rank, (int)states.shape[0]);
        random.set_rng_state(states[rank % ranks].clone());
        if (rank >= ranks)
        {
            random.manual_seed(randint(long.MaxValue, 1, dtype: ScalarType.Int64).ToInt64() ^ rank);
        }
    }

    /// <summary>A run that begins must not write among the checkpoints of another one, whose newest it would soon delete.</summary>
    private void ThrowIfDirectoryIsTaken()
    {
        string? from = Newest is null ? _setup.Resume?.Path : Path.GetDirectoryName(Newest);
        if (_directory is { Steps: [int newest, ..] } && (from is null || Path.GetFullPath(from) != Path.GetFullPath(_setup.Checkpoints!.Directory)))
        {
            throw new CheckpointException(
                $"'{_setup.Checkpoints!.Directory}' holds the checkpoints of another run, up to step {newest}: resume that run, or save to another directory.");
        }
    }

    private static string Lines(IEnumerable<string> items) => string.Concat(items.Select(item => $"{Environment.NewLine}- {item}"));
}
