namespace LongAlign.Training.Checkpoints;

/// <summary>The options of a run's checkpoints.</summary>
internal sealed record CheckpointOptions(string Directory, int EverySteps, int Keep, bool KeepBest)
{
    public void Validate(ICollection<string> faults)
    {
        if (EverySteps < 1)
        {
            faults.Add($"SaveCheckpoints: every {EverySteps} steps; expected at least 1.");
        }

        if (Keep < 1)
        {
            faults.Add($"SaveCheckpoints: {Keep} checkpoints to keep; expected at least 1.");
        }

        try
        {
            System.IO.Directory.CreateDirectory(Directory);
            string probe = Path.Combine(Directory, $"writable-{Guid.NewGuid():N}.tmp");
            using FileStream _ = new(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            faults.Add($"SaveCheckpoints: the directory '{Directory}' can't be written to: {e.Message}");
        }
    }
}
