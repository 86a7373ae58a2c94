namespace LongAlign.Training;

/// <summary>A run was cancelled. Its last whole step is saved if checkpoints are, and the model holds every step that was done.</summary>
public sealed class TrainingCanceledException : OperationCanceledException
{
    /// <summary>Makes an exception without a result.</summary>
    public TrainingCanceledException()
    {
    }

    /// <summary>Makes an exception without a result.</summary>
    /// <param name="message">The message.</param>
    public TrainingCanceledException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public TrainingCanceledException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal TrainingCanceledException(TrainingResult result, int totalSteps, CancellationToken cancellationToken)
        : base(
            $"The run was cancelled after {result.Steps} of {totalSteps} steps; "
            + (result.Checkpoint is { } folder ? $"{folder} holds the training so far; ResumeFrom resumes from it." : "no checkpoint was saved."),
            cancellationToken)
        => Result = result;

    /// <summary>The result of the run until then.</summary>
    public TrainingResult? Result { get; }
}
