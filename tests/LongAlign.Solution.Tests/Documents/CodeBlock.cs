using System.Net;

namespace LongAlign.Solution.Tests.Documents;

/// <summary>A fenced block of C# in a document, or the code of an example in the comment of a type.</summary>
/// <param name="Document">The document's path from the root.</param>
/// <param name="Line">The line of the block's first line of code, from 1.</param>
/// <param name="Code">The code.</param>
/// <param name="Runs">False where the fence says <c>```csharp compile-only</c>, and in comments.</param>
/// <param name="Output">What it prints, if a <c>```text</c> block follows at most three lines below; null otherwise.</param>
internal sealed record CodeBlock(string Document, int Line, string Code, bool Runs, string? Output)
{
    private const string Fence = "```";

    /// <summary>The blocks of all documents that users read, but those that need other packages (<c>```csharp other-packages</c>).</summary>
    public static IEnumerable<CodeBlock> All() => Documents().SelectMany(Read).Concat(Sources().SelectMany(ReadComments));

    private static IEnumerable<string> Documents() =>
        new[] { Path.Combine(Repository.Root, "README.md") }
            .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "README.md", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Order(StringComparer.Ordinal);

    private static IEnumerable<string> Sources() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    private static IEnumerable<CodeBlock> ReadComments(string path)
    {
        string[] lines = File.ReadAllLines(path);
        for (int start = 0; (start = Array.FindIndex(lines, start, line => line.TrimStart() is "/// <example>") + 2) > 1;)
        {
            Assert.True(lines[start - 1].TrimStart() is "/// <code>", $"{Repository.Relative(path)}:{start}: an example begins with its code on a line of its own.");
            int end = Array.FindIndex(lines, start, line => line.TrimStart() is "/// </code>");
            IEnumerable<string> code = lines[start..end].Select(line => WebUtility.HtmlDecode(line.TrimStart() is ['/', '/', '/', ' ', .. var rest] ? rest : ""));
            yield return new CodeBlock(Repository.Relative(path), start + 1, string.Join('\n', code), Runs: false, Output: null);
        }
    }

    private static IEnumerable<CodeBlock> Read(string path)
    {
        string[] lines = File.ReadAllLines(path);
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith(Fence + "csharp", StringComparison.Ordinal))
            {
                continue;
            }

            string[] words = lines[i][Fence.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is ["csharp", "other-packages"])
            {
                continue;
            }

            Assert.True(words is ["csharp"] or ["csharp", "compile-only"], $"{Repository.Relative(path)}:{i + 1} has an unknown fence: {lines[i]}");
            int start = i + 1;
            i = EndOf(lines, start);
            yield return new CodeBlock(Repository.Relative(path), start + 1, string.Join('\n', lines[start..i]), words.Length == 1, OutputBelow(lines, i));
        }
    }

    private static string? OutputBelow(string[] lines, int end)
    {
        int text = Array.IndexOf(lines, Fence + "text", end + 1, Math.Min(4, lines.Length - end - 1));
        return text < 0 ? null : string.Join('\n', lines[(text + 1)..EndOf(lines, text + 1)]);
    }

    private static int EndOf(string[] lines, int start) => Array.FindIndex(lines, start, line => line.StartsWith(Fence, StringComparison.Ordinal));
}
