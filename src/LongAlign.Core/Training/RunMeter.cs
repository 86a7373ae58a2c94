using System.Diagnostics;
using LongAlign.Native;

namespace LongAlign.Training;

/// <summary>Counts what a run has done and how long it took.</summary>
internal sealed class RunMeter
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly List<double> _losses;
    private readonly TimeSpan _elapsedBefore;
    private long _tokens;
    private long _paddingTokens;
    private long _targetTokens;
    private long _sequences;
    private TimeSpan _stepBegan;
    private TimeSpan _waitedBeforeStep;
    private TimeSpan _evaluationTime;
    private int _evaluations;

    public RunMeter()
        : this(new RunTotals(), [], [])
    {
    }

    /// <summary>A meter of a run that goes on.</summary>
    public RunMeter(RunTotals before, IEnumerable<double> losses, IReadOnlyList<EvaluationReport> evaluations)
    {
        _losses = [.. losses];
        _elapsedBefore = before.Elapsed;
        Totals = before;
        (_tokens, _paddingTokens, _targetTokens, _sequences) = (before.Tokens, before.PaddingTokens, before.TargetTokens, before.Sequences);
        _evaluations = evaluations.Count;
        _evaluationTime = TimeSpan.FromTicks(evaluations.Sum(evaluation => evaluation.Duration.Ticks));
    }

    /// <summary>Whole steps done.</summary>
    public int Steps => _losses.Count;

    public IReadOnlyList<double> Losses => _losses;

    /// <summary>The counts up to the last whole step.</summary>
    public RunTotals Totals { get; private set; }

    /// <summary>Takes an evaluation out of the time of steps.</summary>
    public void Add(EvaluationReport evaluation)
    {
        _evaluations++;
        _evaluationTime += evaluation.Duration;
        _stepBegan += evaluation.Duration;
    }

    /// <summary>What there is to say after a step.</summary>
    /// <param name="totalSteps">Steps of the run.</param>
    /// <param name="epoch">The step's epoch.</param>
    /// <param name="sums">The step's losses and counts, over all ranks.</param>
    /// <param name="learningRate">The step's rate.</param>
    /// <param name="gradientNorm">The norm of its gradients.</param>
    /// <param name="waited">How long the run has waited for batches, up to now.</param>
    /// <param name="evaluationsLeft">Evaluations to the end of the run.</param>
    public TrainingProgress EndStep(int totalSteps, int epoch, StepSums sums, double learningRate, double gradientNorm, TimeSpan waited, int evaluationsLeft)
    {
        StepLoss loss = sums.Loss;
        _losses.Add(loss.Loss);
        _tokens += sums.Tokens;
        _paddingTokens += sums.PaddingTokens;
        _targetTokens += sums.TargetTokens;
        _sequences += sums.Sequences;
        TimeSpan now = _watch.Elapsed;
        TimeSpan elapsed = _elapsedBefore + now;
        TimeSpan training = elapsed - _evaluationTime;
        TimeSpan step = now - _stepBegan;
        bool isSkipped = !double.IsFinite(loss.Loss) || !double.IsFinite(gradientNorm);
        Totals = new RunTotals
        {
            Tokens = _tokens,
            PaddingTokens = _paddingTokens,
            TargetTokens = _targetTokens,
            Sequences = _sequences,
            SkippedSteps = Totals.SkippedSteps + (isSkipped ? 1 : 0),
            SkippedInARow = isSkipped ? Totals.SkippedInARow + 1 : 0,
            Elapsed = elapsed,
        };
        TrainingProgress progress = new()
        {
            Step = _losses.Count,
            TotalSteps = totalSteps,
            Epoch = epoch,
            Loss = loss.Loss,
            SequenceLoss = loss.PerSequence,
            TokenLoss = loss.PerToken,
            LearningRate = learningRate,
            GradientNorm = gradientNorm,
            SkippedSteps = Totals.SkippedSteps,
            Tokens = sums.Tokens,
            TargetTokens = sums.TargetTokens,
            StepTime = step,
            IdleShare = Math.Clamp((waited - _waitedBeforeStep) / step, 0, 1),
            TokensPerSecond = _tokens / training.TotalSeconds,
            PaddingShare = (double)_paddingTokens / (_tokens + _paddingTokens),
            PeakMemoryBytes = ProcessMemory.PeakBytes,
            Elapsed = elapsed,
            Remaining = (training / _losses.Count * (totalSteps - _losses.Count)) + (_evaluationTime / Math.Max(1, _evaluations) * evaluationsLeft),
        };
        (_stepBegan, _waitedBeforeStep) = (now, waited);
        return progress;
    }

    public TrainingResult ToResult(bool isCancelled, EvaluationHistory evaluations, string? checkpoint) => new()
    {
        IsCancelled = isCancelled,
        IsStoppedEarly = evaluations.IsStopDue && !isCancelled,
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
