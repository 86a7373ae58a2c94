using System.Text.RegularExpressions;

namespace Docs;

/// <summary>Copies docs/ and gives each file of the repository that its pages link to a page of its own.</summary>
internal static partial class RepositoryPages
{
    private static readonly string[] Shown = [".cs", ".csproj", ".sh", ".json", ".md"];

    public static void Write(string repository, string folder)
    {
        string docs = Path.Combine(repository, "docs");
        foreach (string path in Directory.EnumerateFiles(docs, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string copy = Path.Combine(folder, Path.GetRelativePath(docs, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            if (path.EndsWith(".md", StringComparison.Ordinal))
            {
                File.WriteAllText(copy, Redirect(repository, folder, path));
            }
            else
            {
                File.Copy(path, copy, overwrite: true);
            }
        }
    }

    /// <summary>The text of a page whose links to files outside docs/ go to their pages, which are written.</summary>
    private static string Redirect(string repository, string folder, string path) => Links().Replace(File.ReadAllText(path), link =>
    {
        string target = Path.GetFullPath(link.Groups["target"].Value, Path.GetDirectoryName(path)!);
        string relative = Path.GetRelativePath(repository, target).Replace('\\', '/');
        string page = relative.StartsWith("docs/", StringComparison.Ordinal) ? relative["docs/".Length..]
            : relative.EndsWith(".md", StringComparison.Ordinal) ? $"repository/{relative}"
            : $"repository/{relative}.md";
        string file = Path.Combine(folder, page);
        if (page.StartsWith("repository/", StringComparison.Ordinal) && Path.Exists(target) && !File.Exists(file))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, ""); // so that files that link to each other come to an end
            File.WriteAllText(file, Page(repository, folder, target, relative));
        }

        return $"](/{page}{link.Groups["place"].Value})";
    });

    private static string Page(string repository, string folder, string target, string relative)
    {
        if (target.EndsWith(".md", StringComparison.Ordinal))
        {
            return Redirect(repository, folder, target);
        }

        string[] files = Directory.Exists(target)
            ? [.. Directory.GetFiles(target).Where(file => Shown.Contains(Path.GetExtension(file))).OrderBy(file => Path.GetFileName(file) != "Program.cs").ThenBy(file => file, StringComparer.Ordinal)]
            : [target];
        return $"# {relative}\n" + string.Concat(files.Select(file => $"\n## {Path.GetFileName(file)}\n\n````{Language(file)}\n{File.ReadAllText(file).TrimEnd()}\n````\n"));
    }

    private static string Language(string file) => Path.GetExtension(file) switch
    {
        ".cs" => "csharp",
        ".csproj" => "xml",
        string extension => extension.TrimStart('.'),
    };

    [GeneratedRegex(@"\]\((?!\w+:|/|#)(?<target>[^)#\s]+)(?<place>#[^)\s]*)?\)")]
    private static partial Regex Links();
}
