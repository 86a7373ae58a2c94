using System.Buffers;
using System.Globalization;
using System.Text;

namespace LongAlign.Data;

/// <summary>Finds added tokens in a text: the leftmost, and of those that begin there the longest.</summary>
internal sealed class AddedTokenFinder
{
    private readonly TokenTrie _trie = new();
    private readonly AddedToken[] _tokens;
    private readonly SearchValues<char> _first;

    /// <param name="tokens">The tokens, each with the text to look for.</param>
    public AddedTokenFinder(IEnumerable<(string Text, AddedToken Token)> tokens)
    {
        (string Text, AddedToken Token)[] all = [.. tokens];
        _tokens = [.. all.Select(token => token.Token)];
        _first = SearchValues.Create([.. all.Select(token => token.Text[0]).Distinct()]);
        foreach ((int i, (string text, _)) in all.Index())
        {
            _trie.Add(text, i);
        }
    }

    /// <summary>Finds the next token.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">The place to look from; moves behind the found token.</param>
    /// <param name="taken">The end of the token before, with the white space that it takes.</param>
    /// <param name="withSpecial">Whether special tokens count. If not, their text is text, and nothing is found within it.</param>
    /// <param name="start">The start of the token, with the white space that it takes.</param>
    /// <param name="end">Its end, likewise.</param>
    /// <returns>The token; null where there is none.</returns>
    public AddedToken? Next(ReadOnlySpan<char> text, ref int from, int taken, bool withSpecial, out int start, out int end)
    {
        (start, end) = (text.Length, text.Length);
        while (from < text.Length)
        {
            int next = text[from..].IndexOfAny(_first);
            if (next < 0)
            {
                from = text.Length;
                return null;
            }

            int at = from + next;
            int found = _trie.Longest(text[at..], out int length);
            from = at + Math.Max(1, length);
            if (found == TokenTrie.None || (_tokens[found].IsSpecial && !withSpecial) || (_tokens[found].IsWord && !IsWord(text, at, from)))
            {
                continue;
            }

            AddedToken token = _tokens[found];
            (start, end) = (at, from);
            while (token.StripsLeft && start > taken && char.IsWhiteSpace(text[start - 1]))
            {
                start--;
            }

            while (token.StripsRight && end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            return token;
        }

        return null;
    }

    private static bool IsWord(ReadOnlySpan<char> text, int start, int end)
    {
        _ = Rune.DecodeLastFromUtf16(text[..start], out Rune before, out _);
        _ = Rune.DecodeFromUtf16(text[end..], out Rune after, out _);
        return (start == 0 || !IsLetter(before)) && (end == text.Length || !IsLetter(after));
    }

    /// <summary>\w of Rust's regular expressions: letters, marks, digits, connectors, joiners, and letters in circles.</summary>
    private static bool IsLetter(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
        or UnicodeCategory.EnclosingMark or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation
        || rune.Value is 0x200C or 0x200D || WordCharacters.IsCircledLetter(rune.Value);
}
