using System.Globalization;

namespace LongAlign.Data;

/// <summary>
/// The characters that patterns tell apart. Patterns speak of code points and .NET's regular expressions of UTF-16: a code point beyond U+FFFF is matched through a
/// stand-in, one character that no pattern names and that is of the same category.
/// </summary>
/// <param name="path">The file of the patterns, for messages.</param>
internal sealed class PatternCharacters(string path)
{
    private readonly bool[] _isNamed = new bool[char.MaxValue + 1];
    private Dictionary<(UnicodeCategory, bool IsHan, bool IsCircled), char>? _standIns;
    private bool _tellsHan;

    /// <summary>The file of the patterns.</summary>
    public string Path => path;

    /// <summary>A pattern names characters, from a first to a last.</summary>
    public void Name(char first, char last) => _isNamed.AsSpan(first, last - first + 1).Fill(true);

    /// <summary>A pattern names the script Han.</summary>
    public void NameHan() => _tellsHan = true;

    /// <summary>The character that stands for a code point beyond U+FFFF.</summary>
    /// <exception cref="NotSupportedException">There is none.</exception>
    public char StandInFor(System.Text.Rune rune)
    {
        _standIns ??= FindStandIns();
        return _standIns.TryGetValue(KindOf(rune.Value), out char found)
            ? found
            : throw new NotSupportedException($"{path} has patterns that name all characters of the category of U+{rune.Value:X} one by one, which is not supported for a text with it.");
    }

    private Dictionary<(UnicodeCategory, bool IsHan, bool IsCircled), char> FindStandIns()
    {
        Dictionary<(UnicodeCategory, bool IsHan, bool IsCircled), char> found = [];
        for (int c = char.MaxValue; c > 0; c--)
        {
            if (!_isNamed[c] && !char.IsSurrogate((char)c))
            {
                found.TryAdd(KindOf(c), (char)c);
            }
        }

        return found;
    }

    private (UnicodeCategory Category, bool IsHan, bool IsCircled) KindOf(int codePoint)
        => (CharUnicodeInfo.GetUnicodeCategory(codePoint), _tellsHan && WordCharacters.IsHan(codePoint), WordCharacters.IsCircledLetter(codePoint));
}
