namespace LongAlign.Testing;

/// <summary>
/// Golden data that is too large, or not ours to give on: of the folder that <c>LONGALIGN_GOLDEN</c> names, or of <c>shared/golden</c> beside
/// the repository. Tests over it are skipped where it isn't there.
/// </summary>
public static class SharedGolden
{
    /// <returns>The folder of that name; null where there is none.</returns>
    public static string? Find(string name)
    {
        if (Environment.GetEnvironmentVariable("LONGALIGN_GOLDEN") is { Length: > 0 } set)
        {
            return Existing(Path.Combine(set, name));
        }

        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Existing(Path.Combine(folder.FullName, "shared", "golden", name)) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private static string? Existing(string folder) => Directory.Exists(folder) ? folder : null;
}
