using System.Buffers;

namespace LongAlign.Data;

/// <summary>Finds special tokens in text, the longest of those that begin at a place.</summary>
internal sealed class SpecialTokenFinder
{
    private readonly TokenTrie _trie = new();
    private readonly SearchValues<string>? _tokens;

    public SpecialTokenFinder(IEnumerable<string> tokens)
    {
        string[] all = [.. tokens.Where(token => token.Length > 0)];
        _tokens = all.Length > 0 ? SearchValues.Create(all, StringComparison.Ordinal) : null;
        foreach ((int i, string token) in all.Index())
        {
            _trie.Add(token, i);
        }
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
        _trie.Longest(text.AsSpan(at, end - at), out length);
        return true;
    }
}
