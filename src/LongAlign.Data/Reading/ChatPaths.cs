using Microsoft.Extensions.FileSystemGlobbing;

namespace LongAlign.Data;

/// <summary>Files from paths of files, folders and patterns with <c>*</c>, <c>**</c>; in the same order on every machine.</summary>
internal static class ChatPaths
{
    /// <exception cref="FileNotFoundException">There is no such file, or a folder or pattern has none.</exception>
    public static FolderFiles Expand(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            FolderFiles files = FolderFiles.Of(path, ChatFile.IsKnown);
            return files with { Known = NotEmpty(path, files.Known) };
        }

        if (!File.Exists(path) && path.AsSpan().IndexOf('*') >= 0)
        {
            return new FolderFiles(NotEmpty(path, Match(path)), []);
        }

        ChatFile.ThrowIfMissing(path);
        return new FolderFiles([path], []);
    }

    private static IEnumerable<string> Match(string pattern)
    {
        string[] parts = pattern.Split('/', Path.DirectorySeparatorChar);
        int fixedParts = Array.FindIndex(parts, part => part.AsSpan().IndexOf('*') >= 0);
        string root = fixedParts == 0 ? "." : string.Join(Path.DirectorySeparatorChar, parts[..fixedParts]) + Path.DirectorySeparatorChar;
        Matcher matcher = new(StringComparison.Ordinal);
        matcher.AddInclude(string.Join('/', parts[fixedParts..]));
        return Directory.Exists(root) ? matcher.GetResultsInFullPath(root).Select(file => fixedParts == 0 ? Path.GetRelativePath(".", file) : file) : [];
    }

    private static string[] NotEmpty(string path, IEnumerable<string> files)
    {
        string[] found = FolderFiles.InOrder(files);
        return found.Length > 0
            ? found
            : throw new FileNotFoundException($"There is no file of chats at {Path.GetFullPath(path)}; expected {ChatFile.Endings}.", path);
    }
}
