using System.Diagnostics;
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

    public TrainingProgress EndStep(int totalSteps, int epoch, StepSums step, double learningRate, double gradientNorm)
    {
        _losses.Add(step.Loss);
        _tokens += step.Tokens;
        _paddingTokens += step.PaddingTokens;
        _targetTokens += step.TargetTokens;
        _sequences += step.Sequences;
        TimeSpan elapsed = _watch.Elapsed;
        return new TrainingProgress
        {
            Step = _losses.Count,
            TotalSteps = totalSteps,
            Epoch = epoch,
            Loss = step.Loss,
            LearningRate = learningRate,
            GradientNorm = gradientNorm,
            Tokens = step.Tokens,
            TargetTokens = step.TargetTokens,
            TokensPerSecond = _tokens / elapsed.TotalSeconds,
            PaddingShare = (double)_paddingTokens / (_tokens + _paddingTokens),
            PeakMemoryBytes = ProcessMemory.PeakBytes,
            Elapsed = elapsed,
            Remaining = elapsed / _losses.Count * (totalSteps - _losses.Count),
        };
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
