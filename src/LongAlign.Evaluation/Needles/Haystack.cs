using System.Text;
using LongAlign.Data;

namespace LongAlign.Evaluation.Needles;

/// <summary>The text that needles are hidden in. Immutable and thread-safe.</summary>
public sealed class Haystack
{
    private static readonly EnumerationOptions AnyCase = new() { MatchCasing = MatchCasing.CaseInsensitive, IgnoreInaccessible = false, AttributesToSkip = FileAttributes.None };

    /// <summary>Makes a haystack.</summary>
    /// <param name="text">The text, not empty.</param>
    public Haystack(string text)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        Text = text;
    }

    /// <summary>The text.</summary>
    public string Text { get; }

    /// <summary>Reads the text files of a folder, one behind the other in the order of their names, the same on every machine.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="pattern">The pattern of file names.</param>
    /// <param name="encoding">The encoding of files that have no byte order mark; UTF-8 by default.</param>
    /// <returns>The haystack.</returns>
    /// <exception cref="InvalidDataException">There is no such file, or no text in them, or one is of another encoding; the message names it.</exception>
    public static Haystack FromFolder(string folder, string pattern = "*.txt", Encoding? encoding = null)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, pattern, AnyCase).Order(StringComparer.Ordinal)];
        string text = string.Concat(files.Select(file => TextFile.ReadAllText(file, encoding)));
        return string.IsNullOrWhiteSpace(text)
            ? throw new InvalidDataException($"{Path.GetFullPath(folder)} has {files.Length} files '{pattern}' and no text in them; expected text to hide needles in.")
            : new Haystack(text);
    }

    /// <summary>Repeats the text until it is long enough.</summary>
    /// <param name="tokens">The tokens at least.</param>
    /// <param name="countTokens">Counts the tokens of a text.</param>
    /// <returns>The whole text, once or more often.</returns>
    public string Repeat(int tokens, Func<string, int> countTokens)
    {
        ArgumentNullException.ThrowIfNull(countTokens);
        StringBuilder text = new(Text);
        while (countTokens(text.ToString()) < tokens)
        {
            text.Append(Text);
        }

        return text.ToString();
    }
}
