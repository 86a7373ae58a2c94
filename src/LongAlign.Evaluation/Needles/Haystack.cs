using System.Text;

namespace LongAlign.Evaluation.Needles;

/// <summary>The text that needles are hidden in. Immutable and thread-safe.</summary>
public sealed class Haystack
{
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
    /// <param name="pattern">Which files; UTF-8.</param>
    /// <returns>The haystack.</returns>
    /// <exception cref="InvalidDataException">There is no such file, or no text in them.</exception>
    public static Haystack FromFolder(string folder, string pattern = "*.txt")
    {
        string[] files = [.. Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal)];
        string text = string.Concat(files.Select(file => File.ReadAllText(file, Encoding.UTF8)));
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
