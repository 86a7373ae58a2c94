using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Distributed;
using LongAlign.Native;
using LongAlign.Sequences;
using LongAlign.Training.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>Fine-tunes a causal language model on sequences of very different lengths: the training part of the LongAlign recipe.</summary>
/// <remarks>A trainer runs once, on a separate thread; the model belongs to that thread until the run ends.</remarks>
/// <example>
/// <code>
/// LongAlignTrainer trainer = LongAlignTrainer.CreateBuilder()
///     .UseModel(model)
///     .UseDataset(dataset)
///     .UsePacking(packing => packing.Capacity = 8_192)
///     .UseAdamW(learningRate: 2e-5)
///     .Build();
/// TrainingResult result = await trainer.TrainAsync(epochs: 2, cancellationToken);
/// Console.WriteLine(result);    // steps, loss, speed
/// </code>
/// </example>
public sealed class LongAlignTrainer
{
    /// <summary>Trimming takes up to a tenth of a second, and what is needed again has to be faulted in again.</summary>
    private const int StepsPerTrim = 100;

    private readonly TrainerSetup _setup;
    private readonly RankVote _vote;
    private PackSharing? _sharing;
    private int _started;

    internal LongAlignTrainer(TrainerSetup setup)
    {
        _setup = setup;
        _vote = new RankVote(setup.Group);
    }

    /// <summary>The sampler that chooses the batches of every step.</summary>
    public IBatchSampler Sampler => _setup.Sampler;

    /// <summary>Starts to describe a trainer.</summary>
    /// <returns>An empty builder.</returns>
    public static LongAlignTrainerBuilder CreateBuilder() => new();

    /// <summary>Trains for a number of epochs.</summary>
    /// <param name="epochs">The number of times that every sequence is seen, at least 1; 2 by default, as in the paper.</param>
    /// <param name="cancellationToken">Ends the run after the micro-batch that is under way; the last whole step is saved if checkpoints are.</param>
    /// <returns>The result of the run.</returns>
    /// <exception cref="TrainingCanceledException">The run was cancelled on this or another rank; the exception holds what it did until then.</exception>
    /// <exception cref="InvalidOperationException">The trainer has run before.</exception>
    /// <exception cref="CheckpointException">A checkpoint could not be written; or the one to resume from is damaged or belongs to another run.</exception>
    /// <exception cref="TrainingDivergedException">Too many steps in a row had a loss or gradients that were not finite.</exception>
    /// <exception cref="ProcessGroupException">Another process failed, or has another model, data or settings; the message says which.</exception>
    public Task<TrainingResult> TrainAsync(int epochs = 2, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        return RunAsync(checked(epochs * Sampler.StepsPerEpoch), cancellationToken);
    }

    /// <summary>Trains for a number of optimizer steps, over as many epochs as that takes.</summary>
    /// <param name="steps">Optimizer steps, at least 1.</param>
    /// <param name="cancellationToken">Ends the run after the micro-batch that is under way; the last whole step is saved if checkpoints are.</param>
    /// <returns>The result of the run.</returns>
    /// <exception cref="TrainingCanceledException">The run was cancelled on this or another rank; the exception holds what it did until then.</exception>
    /// <exception cref="InvalidOperationException">The trainer has run before.</exception>
    /// <exception cref="CheckpointException">A checkpoint could not be written; or the one to resume from is damaged or belongs to another run.</exception>
    /// <exception cref="TrainingDivergedException">Too many steps in a row had a loss or gradients that were not finite.</exception>
    /// <exception cref="ProcessGroupException">Another process failed, or has another model, data or settings; the message says which.</exception>
    public Task<TrainingResult> TrainStepsAsync(int steps, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        return RunAsync(steps, cancellationToken);
    }

    private async Task<TrainingResult> RunAsync(int totalSteps, CancellationToken cancellationToken)
    {
        TrainingResult result = await StartAsync(totalSteps, cancellationToken).ConfigureAwait(false);
        return IsCancelled(result, totalSteps) ? throw new TrainingCanceledException(result, totalSteps, cancellationToken) : result;
    }

    private Task<TrainingResult> StartAsync(int totalSteps, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            throw new InvalidOperationException("This trainer has run; build another one for another run.");
        }

        int run = TrainingTelemetry.NextRun();

        // A separate thread: dispose scopes and grad mode belong to a thread, and a run may take a week.
        return Task.Factory.StartNew(
            () => TrainingTelemetry.Trace("longalign.train", run, totalSteps, () => _vote.Run(() => Train(totalSteps, run, cancellationToken))),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    private TrainingResult Train(int totalSteps, int run, CancellationToken cancellationToken)
    {
        TrainerRanks.Begin(_setup, _vote, totalSteps);
        TrainingLog.Started(_setup.Logger, totalSteps, Sampler.StepsPerEpoch, _setup.Loss);
        TrainingLog.Memory(_setup.Logger, TorchRuntime.FreedMemory);
        MemoryForecast.WarnIfShort(_setup);
        TrainingLog.Batches(_setup.Logger, Sampler);
        if (Sampler is BatchSampler { Sequences: { } sequences } && (sequences.Truncated.Length > 0 || sequences.LeftOut.Length > 0))
        {
            int withoutTarget = sequences.Truncated.Count(sequence => sequences.Targets[sequence] == 0);
            TrainingLog.Overlong(_setup.Logger, sequences.Truncated.Length, sequences.Limit.MaxTokens, withoutTarget, sequences.LeftOut.Length, sequences.Overlong);
        }

        using WeightUpdate update = WeightUpdate.For(_setup, _vote);
        TrainerRanks.Compare(_setup, update.Optimizer, _vote);
        _sharing = _setup.SequenceParallelism == 1 ? null : new PackSharing(_setup.Group, _setup.SequenceParallelism, _vote);
        RunCallbacks callbacks = new(_setup.Callbacks, new TrainingContext(_setup.Module, update, _setup.Group.Rank, totalSteps), _vote, _setup.Logger);
        using RunCheckpoints checkpoints = new(_setup, update, _vote, callbacks, totalSteps);
        if (_setup.MixedPrecision)
        {
            update.CastToBFloat16(_setup.Module);
        }

        RunMeter meter = checkpoints.Begin();
        TrainerRanks.ThrowIfApart(_vote, _setup.Group, meter.Steps);
        ProgressSinks sinks = new(_setup.Progress, _setup.EvaluationProgress, _setup.Logger, run);
        RunEvaluation evaluation = new(_setup, totalSteps, checkpoints.Evaluations, meter, sinks, callbacks, cancellationToken);
        _setup.Module.train();
        update.ZeroGradients();

        evaluation.AfterStep(meter.Steps); // what is wrong with it shows in the first minute
        bool isStopDue = meter.Steps < totalSteps && IsStopDue(evaluation, callbacks);
        IdleClock idle = new(TimeProvider.System);
        using BatchLoader loader = new(Steps(meter.Steps, isStopDue ? meter.Steps : totalSteps), _setup.Collator);
        foreach (LoadedStep step in loader.GetSteps())
        {
            callbacks.BeforeStep(meter.Steps);
            StepSums sums = _sharing is null
                ? Accumulate(step, update, cancellationToken)
                : _sharing.Run(ofAll => Accumulate(step, update, ofAll), cancellationToken);
            sums.Work = idle.GetWork(loader.WaitingTime + update.Waited + (_sharing?.Waited ?? TimeSpan.Zero));
            sums.AddUp(_vote);
            double idleShare = idle.Meet(sums.Work, _setup.Group.WorldSize);
            if (sums.IsCancelled)
            {
                update.ZeroGradients();
                checkpoints.EndEarly(meter, evaluation.History);
                break;
            }

            // A step that isn't finite changes nothing: its update would stay in weights and moments for good.
            update.AddUp();
            double learningRate = update.Optimizer.LearningRate * _setup.Schedule.GetFactor(meter.Steps, totalSteps);
            double norm = double.IsFinite(sums.Loss) ? update.Apply(learningRate, _setup.MaxGradientNorm) : double.NaN;
            update.ZeroGradients();

            int epoch = meter.Steps / Sampler.StepsPerEpoch;
            TrainingProgress progress = meter.EndStep(totalSteps, epoch, sums, _setup.Loss, learningRate, norm, idleShare, update.Communicated + (_sharing?.Communicated ?? TimeSpan.Zero), evaluation.CountFrom(meter.Steps + 1));
            progress = callbacks.AfterStep(progress);
            sinks.Report(progress);
            ThrowIfDiverged(progress, meter.Totals.SkippedInARow, step.Step);
            evaluation.AfterStep(meter.Steps, callbacks.TakeEvaluationRequest());
            checkpoints.EndStep(meter, evaluation.History, callbacks.TakeCheckpointRequest());
            if (meter.Steps % StepsPerTrim == 0)
            {
                ProcessMemory.Trim();
            }

            isStopDue = meter.Steps < totalSteps && IsStopDue(evaluation, callbacks);
            if (isStopDue)
            {
                checkpoints.EndEarly(meter, evaluation.History);
                break;
            }
        }

        update.Complete();
        TrainingResult result = meter.ToResult(isStopDue, callbacks.StopReason, evaluation.History, checkpoints.Newest);
        string outcome = IsCancelled(result, totalSteps) ? "Cancelled after" : result.IsStoppedEarly ? "Stopped early after" : "Trained";
        TrainingLog.Ended(_setup.Logger, outcome, result.Steps, result.TokensPerSecond, result.PaddingShare);
        callbacks.AtEnd(result);
        return result;
    }

    private static bool IsCancelled(TrainingResult result, int totalSteps) => result.Steps < totalSteps && !result.IsStoppedEarly;

    /// <summary>Lets rank 0 decide early stopping for all: another rank's loss may differ in its last bits.</summary>
    private bool IsStopDue(RunEvaluation evaluation, RunCallbacks callbacks)
        => callbacks.IsStopDue() || (_setup.Evaluator is not null && _vote.IsAny(_setup.Group.Rank == 0 && evaluation.IsStopDue));

    /// <summary>Forward and backward of a step's micro-batches on this rank, whose gradients add up; a run that is cancelled leaves the rest out.</summary>
    private StepSums Accumulate(LoadedStep step, WeightUpdate update, CancellationToken cancellationToken)
    {
        RandomState.SeedCuda(_setup.Parameters[0].device); // so that the CPU's random state alone decides what is random in a step
        StepSums sums = new(_setup.Loss.Metrics.Count);
        update.BeginStep(step.Step.MicroBatches.Count);
        using IEnumerator<(TrainingBatch Batch, MicroBatch MicroBatch)> pairs = step.Batches.Zip(step.Step.MicroBatches).GetEnumerator();
        while (true)
        {
            bool isHere = pairs.MoveNext();
            bool isCancelled = sums.IsCancelled || cancellationToken.IsCancellationRequested;
            if (!update.BeginMicroBatch(isHere ? pairs.Current.Batch : null, ref isCancelled))
            {
                return sums;
            }

            sums.IsCancelled = isCancelled;
            if (isHere && isCancelled)
            {
                pairs.Current.Batch.Dispose();
            }
            else if (isHere)
            {
                Accumulate(pairs.Current.Batch, pairs.Current.MicroBatch, sums);
            }

            if (!isCancelled)
            {
                update.EndMicroBatch();
            }
        }
    }

    /// <summary>Forward and backward of one micro-batch, which is then disposed; its shares are added.</summary>
    private void Accumulate(TrainingBatch batch, MicroBatch microBatch, StepSums sums)
    {
        using TrainingBatch own = batch;
        using DisposeScope scope = NewDisposeScope();
        VocabularyCheck.ThrowIfOutside(batch, microBatch, _setup.Dataset, _setup.Model.VocabularySize);
        _sharing?.Share(batch);
        batch.MoveTo(_setup.Parameters[0].device);
        sums.Add(batch);

        LossShare share = _setup.Loss.Compute(_setup.Model, batch);
        if (share.Metrics.Count != _setup.Loss.Metrics.Count)
        {
            throw new InvalidOperationException($"{_setup.Loss.GetType().Name} returned {share.Metrics.Count} metrics; expected {_setup.Loss.Metrics.Count}: {string.Join(", ", _setup.Loss.Metrics)}.");
        }

        if (share.Loss.requires_grad)
        {
            share.Loss.backward();
        }
        else if (batch.TargetCount > 0)
        {
            throw new InvalidOperationException(
                $"The loss of {_setup.Loss.GetType().Name} depends on no parameter that is trained, though the micro-batch has {batch.TargetCount} targets; expected one that a gradient goes through. Was it computed under no_grad?");
        }

        GradientCheckpoint.EndBackward();
        sums.Add(Read(share));
    }

    /// <summary>Reads all numbers at once, so that the host waits once.</summary>
    private static float[] Read(LossShare share)
    {
        using IDisposable noGrad = no_grad();
        Tensor[] numbers = [.. share.Metrics.Prepend(share.Loss).Select(number => number.detach().to(ScalarType.Float32).reshape(1))];
        return cat(numbers).cpu().data<float>().ToArray();
    }

    /// <summary>One step that isn't finite is skipped; a row of them is the end.</summary>
    private void ThrowIfDiverged(TrainingProgress progress, int inARow, BatchStep step)
    {
        if (!progress.IsSkipped)
        {
            return;
        }

        int[] sequences = [.. step.MicroBatches.SelectMany(microBatch => microBatch.Indices.ToArray())];
        TrainingLog.Skipped(_setup.Logger, progress.Step, progress.Loss, progress.GradientNorm, _setup.Dataset.NamesOf(sequences));
        if (inARow >= _setup.NonFiniteLimit)
        {
            throw new TrainingDivergedException(progress, inARow, sequences, _setup.Dataset.NamesOf(sequences));
        }
    }

    /// <summary>The steps of a run from a step on; none of the earlier ones is made where the sampler is the library's.</summary>
    private IEnumerable<BatchStep> Steps(int first, int totalSteps)
    {
        while (first < totalSteps)
        {
            (int epoch, int step) = Math.DivRem(first, Sampler.StepsPerEpoch);
            IEnumerable<BatchStep> rest = step == 0 ? Sampler.GetSteps(epoch)
                : Sampler is BatchSampler sampler ? sampler.GetSteps(sampler.GetState(epoch, step))
                : Sampler.GetSteps(epoch).Skip(step);
            foreach (BatchStep next in rest.Take(totalSteps - first))
            {
                yield return next;
            }

            first += Sampler.StepsPerEpoch - step;
        }
    }
}
