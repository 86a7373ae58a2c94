using System.Net;
using System.Text.RegularExpressions;

namespace Docs;

/// <summary>Links to files and places in them; addresses of other sites are not asked.</summary>
internal sealed partial class LinkCheck
{
    private readonly Dictionary<string, HashSet<string>> _places = [];
    private readonly List<string> _faults = [];

    public int Count { get; private set; }

    public IReadOnlyList<string> Faults => _faults;

    /// <summary>The Markdown files of a repository, as they are read there.</summary>
    public void CheckMarkdown(string repository)
    {
        string[] notOurs = ["artifacts", "node_modules", "bin", "obj", ".git"];
        foreach (string path in Directory.EnumerateFiles(repository, "*.md", SearchOption.AllDirectories).Where(path => !Path.GetRelativePath(repository, path).Split(Path.DirectorySeparatorChar).Any(notOurs.Contains)))
        {
            foreach (Match link in MarkdownLinks().Matches(Fences().Replace(File.ReadAllText(path), "")))
            {
                string target = link.Groups["target"].Value;
                Check(path, target, target.Length == 0 ? path : Path.GetFullPath(target, Path.GetDirectoryName(path)!), link.Groups["place"].Value, HeadingsOf);
            }
        }
    }

    /// <summary>The pages of the built site.</summary>
    public void CheckSite(string site)
    {
        foreach (string path in Directory.EnumerateFiles(site, "*.html", SearchOption.AllDirectories))
        {
            foreach (Match link in HtmlLinks().Matches(File.ReadAllText(path)))
            {
                string target = WebUtility.HtmlDecode(Uri.UnescapeDataString(link.Groups["target"].Value));
                string file = target.Length == 0 ? path
                    : target[0] == '/' ? Path.Combine(site, target.TrimStart('/'))
                    : Path.GetFullPath(target, Path.GetDirectoryName(path)!);
                Check(path, target, Directory.Exists(file) ? Path.Combine(file, "index.html") : file, link.Groups["place"].Value, IdsOf);
            }
        }
    }

    private void Check(string from, string target, string file, string place, Func<string, HashSet<string>> placesOf)
    {
        Count++;
        if (!File.Exists(file) && !Directory.Exists(file))
        {
            _faults.Add($"{from}: {target} does not exist");
        }
        else if (place.Length > 1 && File.Exists(file) && !placesOf(file).Contains(Uri.UnescapeDataString(place[1..])))
        {
            _faults.Add($"{from}: {target} has no place {place}");
        }
    }

    private HashSet<string> IdsOf(string file) => Places(file, text => Ids().Matches(text).Select(id => WebUtility.HtmlDecode(id.Groups["id"].Value)));

    // The ids that GitHub and the site give to headings of plain words.
    private HashSet<string> HeadingsOf(string file) => Places(file, text => Headings().Matches(Fences().Replace(text, code => code.Value.StartsWith("```", StringComparison.Ordinal) ? "" : code.Value))
        .Select(heading => NotInIds().Replace(heading.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')));

    private HashSet<string> Places(string file, Func<string, IEnumerable<string>> read)
    {
        if (!_places.TryGetValue(file, out HashSet<string>? places))
        {
            _places[file] = places = [.. read(File.ReadAllText(file))];
        }

        return places;
    }

    [GeneratedRegex(@"\]\((?!\w+:)(?<target>[^)#\s]*)(?<place>#[^)\s]*)?\)")]
    private static partial Regex MarkdownLinks();

    [GeneratedRegex(@"^```.*?^```|`[^`\n]*`", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fences();

    [GeneratedRegex(@"^#+ (?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInIds();

    [GeneratedRegex(@"\b(?:href|src)=""(?!\w+:|//)(?<target>[^""#?]*)(?:\?[^""#]*)?(?<place>#[^""]*)?""")]
    private static partial Regex HtmlLinks();

    [GeneratedRegex(@"\bid=""(?<id>[^""]*)""")]
    private static partial Regex Ids();
}
