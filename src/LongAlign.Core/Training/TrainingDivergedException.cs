namespace LongAlign.Training;

/// <summary>Too many steps in a row had a loss or a gradient norm that was not finite. The weights are those of the last step before them.</summary>
public sealed class TrainingDivergedException : Exception
{
    /// <summary>Makes an exception without a message.</summary>
    public TrainingDivergedException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">The message.</param>
    public TrainingDivergedException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public TrainingDivergedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal TrainingDivergedException(TrainingProgress progress, int inARow, IReadOnlyList<int> sequences, string names)
        : base(
            $"The last {inARow} steps had a loss or a gradient norm that was not finite, and changed nothing. Step {progress.Step} (loss {progress.Loss}, gradient norm {progress.GradientNorm}) "
            + $"saw the sequences {names}.")
    {
        Step = progress.Step;
        Sequences = sequences;
    }

    /// <summary>The last of the steps, from 1.</summary>
    public int Step { get; }

    /// <summary>Indices of the sequences of that step.</summary>
    public IReadOnlyList<int> Sequences { get; } = [];
}
