using LongAlign.Training.Checkpoints;

namespace LongAlign.Training;

public sealed partial class LongAlignTrainerBuilder
{
    private int _nonFiniteLimit = 5;
    private CheckpointOptions? _checkpoints;
    private (string Path, bool OrBegin)? _resume;

    /// <summary>
    /// Saves the run as it goes: after every so many steps, after the last one, and when it is cancelled. A checkpoint appears whole
    /// or not at all, whenever the process or the machine stops.
    /// </summary>
    /// <param name="directory">The directory of checkpoints, with a folder <c>checkpoint-00000200</c> for step 200; made if it does not exist.</param>
    /// <param name="everySteps">Steps from one checkpoint to the next, at least 1.</param>
    /// <param name="keep">The number of newest checkpoints to keep, at least 1; 3 by default. Older ones are deleted once a new one is whole.</param>
    /// <param name="keepBest">Whether the one with the lowest evaluation loss is kept beside them; no by default.</param>
    /// <returns>This builder.</returns>
    /// <remarks>
    /// A directory that holds checkpoints is refused unless the run resumes from one (<see cref="ResumeFrom"/>). While a checkpoint is
    /// written, the disk must hold one more than are kept.
    /// </remarks>
    public LongAlignTrainerBuilder SaveCheckpoints(string directory, int everySteps, int keep = 3, bool keepBest = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        _checkpoints = new CheckpointOptions(directory, everySteps, keep, keepBest);
        return Called();
    }

    /// <summary>
    /// Resumes from a checkpoint: the same batches and, on one machine, weights that are bit for bit those of a run that never stopped.
    /// Model, data and options must be those of the run that wrote it; whatever differs is named and refused.
    /// </summary>
    /// <param name="path">
    /// A checkpoint, or the directory of <see cref="SaveCheckpoints"/>: the newest one that is whole. One that is damaged is named in a
    /// warning, and the one before it is used.
    /// </param>
    /// <param name="orBegin">Whether the run begins at step 0 where no checkpoint is whole; without it that is an error.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder ResumeFrom(string path, bool orBegin = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _resume = (path, orBegin);
        return Called();
    }

    /// <summary>
    /// Ends the run when several steps in a row have a loss or gradients that are not finite. Each of them changes neither weights nor
    /// moments, and is counted.
    /// </summary>
    /// <param name="steps">Steps in a row, at least 1; 5 without this call.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder StopAfterNonFinite(int steps)
    {
        _nonFiniteLimit = steps;
        return Called();
    }
}
