using System.Buffers;

namespace LongAlign.Data;

/// <summary>Finds special tokens in text, the longest of those that begin at a place.</summary>
internal sealed class SpecialTokenFinder
{
    private readonly string[] _longestFirst;
    private readonly SearchValues<string>? _tokens;

    public SpecialTokenFinder(IEnumerable<string> tokens)
    {
        _longestFirst = [.. tokens.Where(token => token.Length > 0).OrderByDescending(token => token.Length)];
        _tokens = _longestFirst.Length > 0 ? SearchValues.Create(_longestFirst, StringComparison.Ordinal) : null;
    }

    /// <summary>Finds the next token of a part of a text.</summary>
    /// <returns>Whether there is one.</returns>
    public bool TryFind(string text, int start, int end, out int at, out int length)
    {
        (at, length) = (-1, 0);
        int found = _tokens is null || end <= start ? -1 : text.AsSpan(start, end - start).IndexOfAny(_tokens);
        if (found < 0)
        {
            return false;
        }

        at = start + found;
        foreach (string token in _longestFirst)
        {
            if (text.AsSpan(at, end - at).StartsWith(token, StringComparison.Ordinal))
            {
                length = token.Length;
                return true;
            }
        }

        return false;
    }
}
