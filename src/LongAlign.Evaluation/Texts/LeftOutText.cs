using System.Globalization;

namespace LongAlign.Evaluation.Texts;

/// <summary>The text in place of a prompt in a file of results: prompts are large, and their documents may not be for everyone.</summary>
internal static class LeftOutText
{
    private const string Beginning = "(left out: ";

    /// <summary>Length and hash of a text; of a text that was left out already, itself.</summary>
    public static string Of(string text) => IsOne(text) ? text
        : string.Create(CultureInfo.InvariantCulture, $"{Beginning}{text.Length} characters, sha256:{TextHash.Of(text)})");

    /// <summary>Characters of a text, or of the one that was left out.</summary>
    public static int LengthOf(string text)
    {
        ReadOnlySpan<char> number = IsOne(text) ? text.AsSpan(Beginning.Length) : [];
        return int.TryParse(number[..Math.Max(0, number.IndexOf(' '))], NumberStyles.None, CultureInfo.InvariantCulture, out int length) ? length : text.Length;
    }

    public static bool IsOne(string text) => text.StartsWith(Beginning, StringComparison.Ordinal);
}
