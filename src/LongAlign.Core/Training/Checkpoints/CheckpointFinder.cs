using Microsoft.Extensions.Logging;

namespace LongAlign.Training.Checkpoints;

/// <summary>Finds the newest whole checkpoint.</summary>
internal static class CheckpointFinder
{
    /// <summary>Checks checkpoints, newest first, until one is whole; warns of those that are not.</summary>
    /// <param name="path">A checkpoint, or a directory of checkpoints.</param>
    /// <param name="logger">Told of each damaged one.</param>
    /// <param name="faults">Receives what is wrong with each damaged one.</param>
    /// <returns>The folder and its state; null where none is whole.</returns>
    public static (string Folder, CheckpointState State)? FindWhole(string path, ILogger logger, List<string> faults)
    {
        foreach (string folder in Candidates(path))
        {
            try
            {
                string library = CheckpointManifest.ReadAndVerify(folder).Library;
                if (library != CheckpointManifest.ThisLibrary)
                {
                    TrainingLog.OtherLibrary(logger, folder, library, CheckpointManifest.ThisLibrary);
                }

                return (folder, CheckpointWriter.ReadState(folder));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                TrainingLog.Damaged(logger, folder, e.Message);
                faults.Add($"{folder}: {e.Message}");
            }
        }

        return null;
    }

    private static IEnumerable<string> Candidates(string path)
    {
        if (CheckpointDirectory.StepOf(Path.GetFileName(Path.TrimEndingDirectorySeparator(path))) is not null || File.Exists(Path.Combine(path, CheckpointManifest.FileName)))
        {
            return [Path.GetFullPath(path)];
        }

        CheckpointDirectory directory = new(path);
        return directory.Steps.Select(directory.FolderOf);
    }
}
