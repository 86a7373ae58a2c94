namespace LongAlign.Training;

/// <summary>A callback of a run, and whether its failure is the run's.</summary>
internal sealed record TrainingCallbackEntry(ITrainingCallback Callback, bool EndsRunOnError);
