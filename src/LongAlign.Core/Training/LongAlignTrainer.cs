using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Distributed;
using LongAlign.Losses;
using LongAlign.Native;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>Fine-tunes a causal language model on sequences of very different lengths: the training part of the LongAlign recipe.</summary>
/// <remarks>A trainer runs once, on a thread of its own; the model belongs to that thread until the run ends.</remarks>
public sealed class LongAlignTrainer
{
    /// <summary>Trimming takes up to a tenth of a second, and what is needed again has to be faulted in again.</summary>
    private const int StepsPerTrim = 100;

    private readonly TrainerSetup _setup;
    private readonly RankVote _vote;
    private int _started;

    internal LongAlignTrainer(TrainerSetup setup)
    {
        _setup = setup;
        _vote = new RankVote(setup.Group);
    }

    /// <summary>What decides the batches of every step.</summary>
    public IBatchSampler Sampler => _setup.Sampler;

    /// <summary>Starts to describe a trainer.</summary>
    /// <returns>An empty builder.</returns>
    public static LongAlignTrainerBuilder CreateBuilder() => new();

    /// <summary>Trains for a number of epochs.</summary>
    /// <param name="epochs">How often every sequence is seen, at least 1; 2 in the paper.</param>
    /// <param name="cancellationToken">Ends the run after the step that is under way; the result says so.</param>
    /// <returns>What the run did.</returns>
    /// <exception cref="InvalidOperationException">The trainer has run before.</exception>
    /// <exception cref="ProcessGroupException">Another process failed, or has another model, data or settings; the message says which.</exception>
    public Task<TrainingResult> TrainAsync(int epochs = 1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        return StartAsync(checked(epochs * Sampler.StepsPerEpoch), cancellationToken);
    }

    /// <summary>Trains for a number of optimizer steps, over as many epochs as that takes.</summary>
    /// <param name="steps">Optimizer steps, at least 1.</param>
    /// <param name="cancellationToken">Ends the run after the step that is under way; the result says so.</param>
    /// <returns>What the run did.</returns>
    /// <exception cref="InvalidOperationException">The trainer has run before.</exception>
    /// <exception cref="ProcessGroupException">Another process failed, or has another model, data or settings; the message says which.</exception>
    public Task<TrainingResult> TrainStepsAsync(int steps, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        return StartAsync(steps, cancellationToken);
    }

    private Task<TrainingResult> StartAsync(int totalSteps, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
        {
            throw new InvalidOperationException("This trainer has run; build another one for another run.");
        }

        // A thread of its own: dispose scopes and grad mode belong to a thread, and a run may take a week.
        return Task.Factory.StartNew(
            () => _vote.Run(() => Train(totalSteps, cancellationToken)),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    private TrainingResult Train(int totalSteps, CancellationToken cancellationToken)
    {
        TrainerRanks.Begin(_setup, _vote, totalSteps);
        TrainingLog.Started(_setup.Logger, totalSteps, Sampler.StepsPerEpoch, _setup.Reduction);
        using FusedAdamW optimizer = new(_setup.Parameters, _setup.AdamW);
        if (_setup.MixedPrecision)
        {
            optimizer.CastToBFloat16(); // first: it keeps the float32 weights as master copies
            BFloat16.Cast(_setup.Module);
        }

        using GradientReducer reducer = new(_setup.Group, _setup.Parameters);
        RunMeter meter = new();
        _setup.Module.train();
        optimizer.ZeroGradients();

        int done = 0;
        using BatchLoader loader = new(Steps(totalSteps), _setup.Collator);
        foreach (LoadedStep step in loader.GetSteps())
        {
            if (_vote.IsAny(cancellationToken.IsCancellationRequested))
            {
                break;
            }

            // backward adds each micro-batch's share of the step's gradient to the last one's
            StepSums sums = new();
            foreach ((TrainingBatch batch, MicroBatch microBatch) in step.Batches.Zip(step.Step.MicroBatches))
            {
                sums.Loss += Accumulate(batch, microBatch, sums);
            }

            sums.AddUp(_vote);
            reducer.Reduce();
            double learningRate = _setup.AdamW.LearningRate * _setup.Schedule.GetFactor(done, totalSteps);
            double norm = optimizer.ClipAndStep(learningRate, _setup.MaxGradientNorm);
            optimizer.ZeroGradients();
            int epoch = done++ / Sampler.StepsPerEpoch;
            if (done % StepsPerTrim == 0)
            {
                ProcessMemory.Trim();
            }

            TrainingProgress progress = meter.EndStep(totalSteps, epoch, sums, learningRate, norm);
            TrainingLog.Stepped(_setup.Logger, progress);
            _setup.Progress?.Report(progress);
        }

        TrainingResult result = meter.ToResult(isCancelled: done < totalSteps);
        TrainingLog.Ended(_setup.Logger, result.Steps, result.IsCancelled, result.TokensPerSecond, result.PaddingShare);
        return result;
    }

    /// <summary>Forward and backward of one micro-batch, which is then disposed; returns its share of the step's loss.</summary>
    private double Accumulate(TrainingBatch batch, MicroBatch microBatch, StepSums sums)
    {
        using TrainingBatch own = batch;
        using DisposeScope scope = NewDisposeScope();
        VocabularyCheck.ThrowIfOutside(batch, microBatch, _setup.Model.VocabularySize);
        batch.MoveTo(_setup.Parameters[0].device);
        sums.Add(batch);

        BatchTargets targets = BatchTargets.Of(batch, _setup.Reduction);
        Tensor hidden = _setup.Model.GetHiddenStates(batch.InputIds.flatten(), batch.PositionIds.flatten(), batch.Layout);
        Tensor loss = _setup.Model.OutputWeight is { } outputWeight
            ? targets.Loss(hidden, outputWeight)
            : targets.Loss(_setup.Model.GetLogits(hidden.index_select(0, targets.Predictors)));
        loss.backward();
        GradientCheckpoint.EndBackward();
        return loss.ToDouble();
    }

    private IEnumerable<BatchStep> Steps(int totalSteps)
    {
        for (int epoch = 0; totalSteps > 0; epoch++)
        {
            foreach (BatchStep step in Sampler.GetSteps(epoch).Take(totalSteps))
            {
                yield return step;
            }

            totalSteps -= Sampler.StepsPerEpoch;
        }
    }
}
