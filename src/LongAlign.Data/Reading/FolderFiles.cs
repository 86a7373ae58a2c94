namespace LongAlign.Data;

/// <summary>The files of a folder and of those below it, in the same order on every machine.</summary>
/// <param name="Known">The files of a kind that is read.</param>
/// <param name="Others">The others, and the hidden folders, which are not looked into.</param>
internal sealed record FolderFiles(IReadOnlyList<string> Known, IReadOnlyList<string> Others)
{
    public static FolderFiles Of(string folder, Func<string, bool> isKnown)
    {
        List<string> known = [];
        List<string> others = [];
        Add(folder);
        return new FolderFiles(InOrder(known), InOrder(others));

        void Add(string path)
        {
            foreach (string file in Directory.EnumerateFiles(path))
            {
                (!IsHidden(file) && isKnown(file) ? known : others).Add(file);
            }

            foreach (string inner in Directory.EnumerateDirectories(path))
            {
                if (IsHidden(inner))
                {
                    others.Add(inner + Path.DirectorySeparatorChar);
                }
                else
                {
                    Add(inner);
                }
            }
        }
    }

    public static string[] InOrder(IEnumerable<string> files)
        => [.. files.OrderBy(file => file.Replace(Path.DirectorySeparatorChar, '/'), StringComparer.Ordinal)];

    private static bool IsHidden(string path) => Path.GetFileName(path).StartsWith('.');
}
