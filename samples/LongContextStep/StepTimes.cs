using LongAlign.Training;

namespace LongContextStep;

/// <summary>Keeps what the trainer reports.</summary>
internal sealed class StepTimes : IProgress<TrainingProgress>
{
    public long PeakMemoryBytes { get; private set; }

    public void Report(TrainingProgress value) => PeakMemoryBytes = value.PeakMemoryBytes;
}
