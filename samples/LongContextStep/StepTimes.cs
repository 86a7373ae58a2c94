using LongAlign.Training;

namespace LongContextStep;

/// <summary>Keeps what the trainer reports.</summary>
internal sealed class StepTimes : IProgress<TrainingProgress>
{
    public long PeakMemoryBytes { get; private set; }

    /// <summary>Seconds of the last step: those before it also made the optimizer's state and touched memory for the first time.</summary>
    public double LastSeconds { get; private set; }

    public void Report(TrainingProgress value) => (PeakMemoryBytes, LastSeconds) = (value.PeakMemoryBytes, value.StepTime.TotalSeconds);
}
