using System.Numerics.Tensors;
using LongAlign.Sequences;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LongAlign.Training;

public sealed partial class LongAlignTrainerBuilder
{
    private readonly List<IProgress<TrainingProgress>> _progress = [];
    private readonly List<IProgress<EvaluationReport>> _evaluationProgress = [];
    private (int Every, ISequenceDataset HeldOut, EvaluationOptions Options)? _evaluation;
    private ILogger _logger = NullLogger.Instance;

    /// <summary>
    /// Takes the loss on held-out sequences before the first step, every few steps, and after the last. Training continues as if there were
    /// no evaluation, bit for bit: batches, training mode and random numbers are the same.
    /// </summary>
    /// <param name="steps">Steps from one evaluation to the next, at least 1.</param>
    /// <param name="heldOut">The sequences, such as a part of <see cref="HoldOutExtensions.HoldOut(ISequenceDataset, double, ulong)"/>; too long ones are cut as in training.</param>
    /// <param name="configure">Changes the defaults, such as to stop early.</param>
    /// <returns>This builder.</returns>
    /// <remarks>
    /// Packed and in evaluation mode, whatever the batching; an <see cref="IPaddedModel"/> gets rows of about the same length. On CUDA, whose random generators TorchSharp can't read, a model that draws
    /// numbers outside of training mode moves them on.
    /// </remarks>
    public LongAlignTrainerBuilder EvaluateEvery(int steps, ISequenceDataset heldOut, Action<EvaluationOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(heldOut);
        EvaluationOptions options = new();
        configure?.Invoke(options);
        _evaluation = (steps, heldOut, options);
        return Called();
    }

    /// <summary>Reports every step. May be called several times; all are told, in order.</summary>
    /// <param name="progress">Called on the training thread; it should return soon. If it throws, that is logged and it is not called again; the run continues.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder ReportProgress(IProgress<TrainingProgress> progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        ThrowIfBuilt();
        _progress.Add(progress);
        return this;
    }

    /// <summary>Reports every evaluation. May be called several times; all are told, in order.</summary>
    /// <param name="progress">Called on the training thread, after the report of the step. If it throws, that is logged and it is not called again; the run continues.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder ReportEvaluations(IProgress<EvaluationReport> progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        ThrowIfBuilt();
        _evaluationProgress.Add(progress);
        return this;
    }

    /// <summary>Logs start and end of a run and every evaluation, and every step at debug level.</summary>
    /// <param name="logger">The logger.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseLogger(ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(logger);
        _logger = logger;
        return Called();
    }

    private Evaluator? PlanEvaluation(LengthLimit limit, ITrainableModel model, List<string> faults)
    {
        if (_evaluation is not (int every, ISequenceDataset heldOut, EvaluationOptions options))
        {
            return null;
        }

        int longest = limit.Slice(TensorPrimitives.Max(heldOut.Lengths)).Length;
        if (longest > model.MaxPositions)
        {
            faults.Add($"The longest held-out sequence has {longest} tokens and the model {model.MaxPositions} positions; limit the length in the batching's options.");
        }

        if (!heldOut.TargetCounts.ContainsAnyExcept(0))
        {
            faults.Add("No held-out sequence has a target token: there is nothing to evaluate.");
        }

        return new Evaluator(heldOut, limit, options, ModelLoss.NeedsRows(model)) { Every = every };
    }
}
