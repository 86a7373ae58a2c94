using System.Diagnostics;
using LongAlign.Collation;
using LongAlign.Native;

namespace LongAlign.Training;

/// <summary>Counts what a run has done and how long it took.</summary>
internal sealed class RunMeter
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly List<double> _losses = [];
    private long _tokens;
    private long _paddingTokens;
    private long _targetTokens;
    private long _sequences;
    private long _tokensBeforeStep;
    private long _targetsBeforeStep;

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
        TimeSpan elapsed = _watch.Elapsed;
        TrainingProgress progress = new()
        {
            Step = _losses.Count,
            TotalSteps = totalSteps,
            Epoch = epoch,
            Loss = loss,
            LearningRate = learningRate,
            GradientNorm = gradientNorm,
            Tokens = _tokens - _tokensBeforeStep,
            TargetTokens = _targetTokens - _targetsBeforeStep,
            TokensPerSecond = _tokens / elapsed.TotalSeconds,
            PaddingShare = (double)_paddingTokens / (_tokens + _paddingTokens),
            PeakMemoryBytes = ProcessMemory.PeakBytes,
            Elapsed = elapsed,
            Remaining = elapsed / _losses.Count * (totalSteps - _losses.Count),
        };
        (_tokensBeforeStep, _targetsBeforeStep) = (_tokens, _targetTokens);
        return progress;
    }

    public TrainingResult ToResult(bool isCancelled) => new()
    {
        IsCancelled = isCancelled,
        Losses = _losses,
        Tokens = _tokens,
        PaddingTokens = _paddingTokens,
        TargetTokens = _targetTokens,
        Sequences = _sequences,
        Elapsed = _watch.Elapsed,
    };
}
