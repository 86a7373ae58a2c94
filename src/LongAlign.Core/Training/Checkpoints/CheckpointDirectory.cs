using System.Globalization;
using System.Text.RegularExpressions;
using LongAlign.Native;
using Microsoft.Extensions.Logging;

namespace LongAlign.Training.Checkpoints;

/// <summary>
/// A directory of checkpoints, one folder each, named after its step. A name of the form <c>checkpoint-00000200</c> appears when the folder
/// is whole and goes before it is deleted, so that a process may end at any moment.
/// </summary>
internal sealed partial class CheckpointDirectory(string path)
{
    private const string Prefix = "checkpoint-";
    private const string NewSuffix = ".new";
    private const string OldSuffix = ".old";

    /// <summary>The folder of a step's checkpoint.</summary>
    public string FolderOf(int step) => Path.GetFullPath(Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step:D8}")));

    /// <summary>The folder of a step's checkpoint while it is written.</summary>
    public string NewFolderOf(int step) => FolderOf(step) + NewSuffix;

    /// <summary>The steps of all checkpoints, newest first; whether they are whole remains to be seen.</summary>
    public IReadOnlyList<int> Steps => !Directory.Exists(path) ? [] :
    [
        .. Directory.EnumerateDirectories(path)
            .Select(folder => StepOf(Path.GetFileName(folder)))
            .OfType<int>()
            .OrderDescending(),
    ];

    /// <summary>The step that a folder's name says, or null if it is not a checkpoint's name.</summary>
    public static int? StepOf(string folderName)
        => CheckpointName().Match(folderName) is { Success: true } match
            && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int step)
                ? step
                : null;

    /// <summary>Finds the newest complete checkpoint, and warns of each damaged one before it.</summary>
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

    /// <summary>Keeps other processes out until what is returned is disposed, or this process ends.</summary>
    /// <exception cref="CheckpointException">Another run saves here now.</exception>
    public IDisposable Lock()
    {
        try
        {
            return new FileStream(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (IOException e)
        {
            throw new CheckpointException($"'{path}' is in use by another run: {e.Message}", e);
        }
    }

    /// <summary>Deletes what a process that was killed has left behind.</summary>
    public void DeleteLeftovers(ILogger logger)
    {
        foreach (string folder in Directory.EnumerateDirectories(path).Where(folder => LeftoverName().IsMatch(Path.GetFileName(folder))))
        {
            TryDelete(folder, logger);
        }
    }

    /// <summary>Gives a new folder its name; an earlier checkpoint of the same step makes way.</summary>
    public void Publish(int step, ILogger logger)
    {
        string folder = FolderOf(step);
        string? old = Directory.Exists(folder) ? MakeOld(step) : null;
        Directory.Move(NewFolderOf(step), folder);
        DirectorySync.Flush(path);
        if (old is not null)
        {
            TryDelete(old, logger);
        }
    }

    /// <summary>Deletes all checkpoints up to a step but the newest and, if asked for, the one with the lowest evaluation loss.</summary>
    public void DeleteOld(int upTo, int keep, bool keepBest, ILogger logger)
    {
        int[] steps = [.. Steps.Where(step => step <= upTo)];
        int? best = keepBest ? BestOf(steps) : null;
        foreach (int step in steps.Skip(keep).Where(step => step != best))
        {
            try
            {
                TryDelete(MakeOld(step), logger);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                TrainingLog.NotDeleted(logger, FolderOf(step), e.Message);
            }
        }
    }

    public static void TryDelete(string folder, ILogger logger)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TrainingLog.NotDeleted(logger, folder, e.Message);
        }
    }

    private static IEnumerable<string> Candidates(string path)
    {
        if (StepOf(Path.GetFileName(Path.TrimEndingDirectorySeparator(path))) is not null || File.Exists(Path.Combine(path, CheckpointManifest.FileName)))
        {
            return [Path.GetFullPath(path)];
        }

        CheckpointDirectory directory = new(path);
        return directory.Steps.Select(directory.FolderOf);
    }

    /// <summary>Renames first: a folder that is half deleted must not look like a checkpoint.</summary>
    private string MakeOld(int step)
    {
        string old = FolderOf(step) + OldSuffix;
        if (Directory.Exists(old))
        {
            Directory.Delete(old, recursive: true);
        }

        Directory.Move(FolderOf(step), old);
        return old;
    }

    /// <summary>The newest of those with the lowest loss.</summary>
    private int? BestOf(int[] newestFirst)
    {
        (int Step, double Loss)? best = null;
        foreach (int step in newestFirst)
        {
            try
            {
                CheckpointState state = CheckpointWriter.ReadState(FolderOf(step));
                if (state.EvaluationLoss is { } loss && !(loss >= best?.Loss) && !double.IsNaN(loss))
                {
                    best = (step, loss);
                }
            }
            catch (IOException)
            {
                // A damaged one is not the best.
            }
        }

        return best?.Step;
    }

    [GeneratedRegex(@"^checkpoint-([0-9]{8,10})$", RegexOptions.CultureInvariant)]
    private static partial Regex CheckpointName();

    [GeneratedRegex(@"^checkpoint-[0-9]{8,10}\.(new|old)$", RegexOptions.CultureInvariant)]
    private static partial Regex LeftoverName();
}
