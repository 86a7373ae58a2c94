using System.Reflection;

namespace LongAlign.Training.Checkpoints;

/// <summary>The list of a checkpoint's files, written last: a folder without it is not a checkpoint.</summary>
internal sealed record CheckpointManifest
{
    public const string FileName = "manifest.json";

    private const string ThisFormat = "LongAlign checkpoint 1";

    public static string ThisLibrary { get; } =
        typeof(CheckpointManifest).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public required string Format { get; init; }

    /// <summary>The version of the library that wrote the checkpoint.</summary>
    public required string Library { get; init; }

    public required IReadOnlyList<CheckpointFile> Files { get; init; }

    /// <summary>Flushes and hashes every file of a folder.</summary>
    public static CheckpointManifest Of(string folder) => new()
    {
        Format = ThisFormat,
        Library = ThisLibrary,
        Files = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(file => CheckpointFile.Of(folder, file))],
    };

    /// <summary>Reads a manifest and compares every file with it.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <exception cref="CheckpointException">The checkpoint is not whole; the message names the file.</exception>
    public static CheckpointManifest ReadAndVerify(string folder)
    {
        string path = Path.Combine(folder, FileName);
        CheckpointManifest manifest = CheckpointJson.Read(path, CheckpointJson.Default.CheckpointManifest);
        if (manifest.Format != ThisFormat)
        {
            throw new CheckpointException($"{path} has the format '{manifest.Format}'; expected '{ThisFormat}'.");
        }

        HashSet<string> seen = [];
        foreach (CheckpointFile? file in manifest.Files) // null is JSON, too
        {
            string? fault = file is null ? "names no file"
                : seen.Add(file.Path) ? file.FindFault(folder)
                : $"names {file.Path} twice";
            if (fault is not null)
            {
                throw new CheckpointException($"{path} {fault}.");
            }
        }

        if (OptimizerParts.FindFault(seen) is { } missing)
        {
            throw new CheckpointException($"{path} {missing}.");
        }

        foreach (string required in CheckpointWriter.RequiredFiles.Where(required => !seen.Contains(required)))
        {
            throw new CheckpointException($"{path} does not name {required}.");
        }

        return manifest;
    }
}
