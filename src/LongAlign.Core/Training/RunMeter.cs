using System.Diagnostics;
using LongAlign.Collation;
using LongAlign.Native;

namespace LongAlign.Training;

/// <summary>Counts what a run has done and how long it took.</summary>
internal sealed class RunMeter
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly List<double> _losses;
    private readonly int _stepsBefore;
    private readonly TimeSpan _elapsedBefore;
    private long _tokens;
    private long _paddingTokens;
    private long _targetTokens;
    private long _sequences;
    private long _tokensBeforeStep;
    private long _targetsBeforeStep;

    public RunMeter()
        : this(new RunTotals(), [])
    {
    }

    /// <summary>A meter of a run that goes on.</summary>
    public RunMeter(RunTotals before, IEnumerable<double> losses)
    {
        _losses = [.. losses];
        _stepsBefore = _losses.Count;
        _elapsedBefore = before.Elapsed;
        Totals = before;
        (_tokens, _paddingTokens, _targetTokens, _sequences) = (before.Tokens, before.PaddingTokens, before.TargetTokens, before.Sequences);
        (_tokensBeforeStep, _targetsBeforeStep) = (_tokens, _targetTokens);
    }

    /// <summary>Whole steps done.</summary>
    public int Steps => _losses.Count;

    public IReadOnlyList<double> Losses => _losses;

    /// <summary>The counts up to the last whole step.</summary>
    public RunTotals Totals { get; private set; }

    public void Add(TrainingBatch batch)
    {
        _tokens += batch.RealTokenCount;
        _paddingTokens += batch.TokenCount - batch.RealTokenCount;
        _targetTokens += batch.TargetCount;
        _sequences += batch.SequenceCount;
    }

    public TrainingProgress EndStep(int totalSteps, int epoch, double loss, double learningRate, double gradientNorm)
    {
        _losses.Add(loss);
        TimeSpan elapsed = _elapsedBefore + _watch.Elapsed;
        bool isSkipped = !double.IsFinite(loss) || !double.IsFinite(gradientNorm);
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
            Loss = loss,
            LearningRate = learningRate,
            GradientNorm = gradientNorm,
            SkippedSteps = Totals.SkippedSteps,
            Tokens = _tokens - _tokensBeforeStep,
            TargetTokens = _targetTokens - _targetsBeforeStep,
            TokensPerSecond = _tokens / elapsed.TotalSeconds,
            PaddingShare = (double)_paddingTokens / (_tokens + _paddingTokens),
            PeakMemoryBytes = ProcessMemory.PeakBytes,
            Elapsed = elapsed,
            Remaining = _watch.Elapsed / (_losses.Count - _stepsBefore) * (totalSteps - _losses.Count),
        };
        (_tokensBeforeStep, _targetsBeforeStep) = (_tokens, _targetTokens);
        return progress;
    }

    public TrainingResult ToResult(bool isCancelled, string? checkpoint) => new()
    {
        IsCancelled = isCancelled,
        Losses = _losses,
        Tokens = Totals.Tokens,
        PaddingTokens = Totals.PaddingTokens,
        TargetTokens = Totals.TargetTokens,
        Sequences = Totals.Sequences,
        SkippedSteps = Totals.SkippedSteps,
        Checkpoint = checkpoint,
        Elapsed = Totals.Elapsed,
    };
}
