using System.Text.RegularExpressions;

namespace LongAlign.Data;

/// <summary>A pattern that cuts text into words.</summary>
/// <param name="Pattern">The pattern.</param>
/// <param name="Behavior">The treatment of its matches.</param>
/// <param name="Inverts">Whether matches are what does not match.</param>
internal sealed record TextCut(Regex Pattern, SplitBehavior Behavior = SplitBehavior.Isolated, bool Inverts = false)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <exception cref="ArgumentException">.NET has no such pattern.</exception>
    public static Regex Compile(string pattern) => new(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant, Patience);

    /// <summary>A copy with a separate matcher.</summary>
    public TextCut Copy() => this with { Pattern = Compile(Pattern.ToString()) };

    /// <summary>Adds the words of a part of a text to a list.</summary>
    public void Apply(ReadOnlySpan<char> text, int offset, int length, List<(int Offset, int Length)> words)
    {
        if (Behavior == SplitBehavior.Isolated)
        {
            // As most patterns are; an empty match cuts, too.
            int end = 0;
            foreach (ValueMatch match in Pattern.EnumerateMatches(text.Slice(offset, length)))
            {
                Add(words, offset + end, match.Index - end);
                Add(words, offset + match.Index, match.Length);
                end = match.Index + match.Length;
            }

            Add(words, offset + end, length - end);
            return;
        }

        foreach ((int start, int end) in Arrange(Find(text.Slice(offset, length))))
        {
            Add(words, offset + start, end - start);
        }
    }

    private static void Add(List<(int Offset, int Length)> words, int offset, int length)
    {
        if (length > 0)
        {
            words.Add((offset, length));
        }
    }

    /// <summary>Matches and what lies between them. An empty match right behind another is none.</summary>
    private List<(int Start, int End, bool IsMatch)> Find(ReadOnlySpan<char> text)
    {
        List<(int Start, int End, bool IsMatch)> parts = [];
        int last = 0;
        foreach (ValueMatch match in Pattern.EnumerateMatches(text))
        {
            if (match.Length == 0 && match.Index == last && parts.Count > 0)
            {
                continue;
            }

            if (match.Index > last)
            {
                parts.Add((last, match.Index, Inverts));
            }

            last = match.Index + match.Length;
            parts.Add((match.Index, last, !Inverts));
        }

        if (last < text.Length)
        {
            parts.Add((last, text.Length, Inverts));
        }

        return parts;
    }

    private List<(int Start, int End)> Arrange(List<(int Start, int End, bool IsMatch)> parts)
    {
        List<(int Start, int End)> words = [];
        bool wasMatch = false;
        bool isReversed = Behavior == SplitBehavior.MergedWithNext;
        foreach ((int start, int end, bool isMatch) in isReversed ? parts.AsEnumerable().Reverse() : parts)
        {
            bool joins = words.Count > 0 && (Behavior == SplitBehavior.Contiguous ? isMatch == wasMatch : Behavior != SplitBehavior.Removed && isMatch && !wasMatch);
            wasMatch = isMatch;
            if (joins)
            {
                words[^1] = isReversed ? (start, words[^1].End) : (words[^1].Start, end);
            }
            else if (Behavior != SplitBehavior.Removed || !isMatch)
            {
                words.Add((start, end));
            }
        }

        if (isReversed)
        {
            words.Reverse();
        }

        return words;
    }
}
