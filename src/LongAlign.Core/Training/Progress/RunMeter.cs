using System.Collections.Immutable;
using System.Diagnostics;
using LongAlign.Native;

namespace LongAlign.Training;

/// <summary>Counts what a run has done and how long it took.</summary>
internal sealed class RunMeter
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly List<double> _losses;
    private readonly TimeSpan _elapsedBefore;
    private TimeSpan _stepBegan;
    private TimeSpan _communicatedBefore;
    private TimeSpan _evaluationTime;
    private int _evaluations;

    public RunMeter()
        : this(new RunTotals(), [], [])
    {
    }

    /// <summary>Makes the meter of a resumed run.</summary>
    public RunMeter(RunTotals before, IEnumerable<double> losses, IReadOnlyList<EvaluationReport> evaluations)
    {
        _losses = [.. losses];
        _elapsedBefore = before.Elapsed;
        Totals = before;
        _evaluations = evaluations.Count;
        _evaluationTime = TimeSpan.FromTicks(evaluations.Sum(evaluation => evaluation.Duration.Ticks));
    }

    /// <summary>Whole steps done.</summary>
    public int Steps => _losses.Count;

    public IReadOnlyList<double> Losses => _losses;

    /// <summary>The counts up to the last whole step.</summary>
    public RunTotals Totals { get; private set; }

    /// <summary>Takes an evaluation out of the time of steps; the run's time holds it, also where no step follows.</summary>
    public void Add(EvaluationReport evaluation)
    {
        Totals = Totals with { Elapsed = _elapsedBefore + _watch.Elapsed };
        _evaluations++;
        _evaluationTime += evaluation.Duration;
        _stepBegan += evaluation.Duration;
    }

    /// <summary>Returns the progress after a step.</summary>
    /// <param name="totalSteps">Steps of the run.</param>
    /// <param name="epoch">The step's epoch.</param>
    /// <param name="sums">The step's losses and counts, over all ranks.</param>
    /// <param name="loss">Names the metrics.</param>
    /// <param name="learningRate">The step's rate.</param>
    /// <param name="gradientNorm">The norm of its gradients.</param>
    /// <param name="idleShare">The share of waiting (<see cref="IdleClock"/>).</param>
    /// <param name="communicated">The time that exchanges have taken in the run so far.</param>
    /// <param name="evaluationsLeft">Evaluations to the end of the run.</param>
    public TrainingProgress EndStep(int totalSteps, int epoch, StepSums sums, ITrainingLoss loss, double learningRate, double gradientNorm, double idleShare, TimeSpan communicated, int evaluationsLeft)
    {
        _losses.Add(sums.Loss);
        TimeSpan now = _watch.Elapsed;
        TimeSpan elapsed = _elapsedBefore + now;
        TimeSpan training = elapsed - _evaluationTime;
        ImmutableSortedDictionary<string, double> metrics = loss.Metrics.Zip(sums.Metrics).ToImmutableSortedDictionary(metric => metric.First, metric => metric.Second, StringComparer.Ordinal);
        bool isSkipped = !double.IsFinite(sums.Loss) || !double.IsFinite(gradientNorm);
        Totals = new RunTotals
        {
            Tokens = Totals.Tokens + sums.Tokens,
            PaddingTokens = Totals.PaddingTokens + sums.PaddingTokens,
            TargetTokens = Totals.TargetTokens + sums.TargetTokens,
            Sequences = Totals.Sequences + sums.Sequences,
            SkippedSteps = Totals.SkippedSteps + (isSkipped ? 1 : 0),
            SkippedInARow = isSkipped ? Totals.SkippedInARow + 1 : 0,
            Elapsed = elapsed,
        };
        TrainingProgress progress = new()
        {
            Step = _losses.Count,
            TotalSteps = totalSteps,
            Epoch = epoch,
            Loss = sums.Loss,
            SequenceLoss = metrics.GetValueOrDefault(CrossEntropyLoss.PerSequence, double.NaN),
            TokenLoss = metrics.GetValueOrDefault(CrossEntropyLoss.PerToken, double.NaN),
            Metrics = metrics.RemoveRange([CrossEntropyLoss.PerSequence, CrossEntropyLoss.PerToken]),
            LearningRate = learningRate,
            GradientNorm = gradientNorm,
            SkippedSteps = Totals.SkippedSteps,
            Tokens = sums.Tokens,
            TargetTokens = sums.TargetTokens,
            StepTime = now - _stepBegan,
            IdleShare = idleShare,
            CommunicationTime = communicated - _communicatedBefore,
            TokensPerSecond = Totals.Tokens / training.TotalSeconds,
            PaddingShare = (double)Totals.PaddingTokens / (Totals.Tokens + Totals.PaddingTokens),
            PeakMemoryBytes = ProcessMemory.PeakBytes,
            Elapsed = elapsed,
            Remaining = (training / _losses.Count * (totalSteps - _losses.Count)) + (_evaluationTime / Math.Max(1, _evaluations) * evaluationsLeft),
        };
        _stepBegan = now;
        _communicatedBefore = communicated;
        return progress;
    }

    public TrainingResult ToResult(bool isStoppedEarly, string? stopReason, EvaluationHistory evaluations, string? checkpoint) => new()
    {
        IsStoppedEarly = isStoppedEarly,
        StopReason = stopReason,
        Losses = _losses,
        Tokens = Totals.Tokens,
        PaddingTokens = Totals.PaddingTokens,
        TargetTokens = Totals.TargetTokens,
        Sequences = Totals.Sequences,
        SkippedSteps = Totals.SkippedSteps,
        Checkpoint = checkpoint,
        Elapsed = Totals.Elapsed,
        EvaluationTime = _evaluationTime,
        Evaluations = evaluations.Reports,
        BestEvaluation = evaluations.Best,
    };
}
