using LongAlign.Training;

namespace LongContextStep;

/// <summary>Keeps what the trainer reports.</summary>
internal sealed class StepTimes : IProgress<TrainingProgress>
{
    public long PeakMemoryBytes { get; private set; }

    /// <summary>Seconds of the fastest step: the first one also makes the optimizer's state and touches memory for the first time.</summary>
    public double FastestSeconds { get; private set; } = double.PositiveInfinity;

    public void Report(TrainingProgress value)
        => (PeakMemoryBytes, FastestSeconds) = (value.PeakMemoryBytes, Math.Min(FastestSeconds, value.StepTime.TotalSeconds));
}
