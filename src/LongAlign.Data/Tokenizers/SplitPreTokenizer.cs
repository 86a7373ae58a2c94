using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace LongAlign.Data;

/// <summary>
/// Cuts text into words by regular expressions, one after another: what matches is a word, and so is what lies between two matches.
/// Patterns speak of code points; .NET's regular expressions see UTF-16, so a text with surrogate pairs is matched through a stand-in
/// that has one character, of the same Unicode category, for each code point. Thread-safe.
/// </summary>
internal sealed class SplitPreTokenizer(IReadOnlyList<Regex> patterns) : PreTokenizer
{
    // A Regex keeps one matcher: two threads on the same Regex fight over it at every match, which made two slower than one.
    private readonly ConcurrentBag<Regex[]> _idle = [[.. patterns]];

    /// <summary>Adds the words of a text, each of which has the same ids wherever it stands, to a list, in order and without gaps.</summary>
    public void Split(ReadOnlySpan<char> text, List<(int Offset, int Length)> words)
    {
        Regex[] own = _idle.TryTake(out Regex[]? idle) ? idle : [.. patterns.Select(pattern => new Regex(pattern.ToString(), pattern.Options))];
        int first = words.Count;
        if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            SplitBmp(own, text, words);
        }
        else
        {
            (char[] standIn, int[] offsets) = StandIn(text);
            SplitBmp(own, standIn, words);
            foreach (ref (int Offset, int Length) word in CollectionsMarshal.AsSpan(words)[first..])
            {
                word = (offsets[word.Offset], offsets[word.Offset + word.Length] - offsets[word.Offset]);
            }
        }

        _idle.Add(own);
    }

    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => PreTokenize(text.AsSpan());

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text)
    {
        List<(int Offset, int Length)> words = [];
        Split(text, words);
        return words;
    }

    private static void SplitBmp(Regex[] patterns, ReadOnlySpan<char> text, List<(int Offset, int Length)> words)
    {
        if (patterns is [Regex only])
        {
            Split(only, text, 0, words);
            return;
        }

        List<(int Offset, int Length)> parts = [];
        Add(parts, 0, text.Length);
        foreach (Regex pattern in patterns)
        {
            List<(int Offset, int Length)> smaller = new(parts.Count == 1 ? text.Length / 4 : parts.Count);
            foreach ((int offset, int length) in parts)
            {
                Split(pattern, text.Slice(offset, length), offset, smaller);
            }

            parts = smaller;
        }

        words.AddRange(parts);
    }

    private static void Split(Regex pattern, ReadOnlySpan<char> text, int offset, List<(int Offset, int Length)> words)
    {
        int end = 0;
        foreach (ValueMatch match in pattern.EnumerateMatches(text))
        {
            Add(words, offset + end, match.Index - end);
            Add(words, offset + match.Index, match.Length);
            end = match.Index + match.Length;
        }

        Add(words, offset + end, text.Length - end);
    }

    private static void Add(List<(int Offset, int Length)> words, int offset, int length)
    {
        if (length > 0)
        {
            words.Add((offset, length));
        }
    }

    /// <summary>One character a code point, and where in the text each begins, with the text's end behind them.</summary>
    private static (char[] StandIn, int[] Offsets) StandIn(ReadOnlySpan<char> text)
    {
        List<char> standIn = new(text.Length);
        List<int> offsets = new(text.Length + 1);
        for (int i = 0; i < text.Length;)
        {
            offsets.Add(i);
            bool isPair = Rune.DecodeFromUtf16(text[i..], out Rune rune, out int length) == System.Buffers.OperationStatus.Done && length == 2;
            standIn.Add(isPair ? OfCategory(Rune.GetUnicodeCategory(rune)) : text[i]);
            i += length;
        }

        offsets.Add(text.Length);
        return ([.. standIn], [.. offsets]);
    }

    // Characters that no pattern names one by one.
    private static char OfCategory(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => '\u0186',
        UnicodeCategory.LowercaseLetter => '\u0254',
        UnicodeCategory.TitlecaseLetter => '\u01C5',
        UnicodeCategory.ModifierLetter => '\u02B0',
        UnicodeCategory.OtherLetter => '\u05D0',
        UnicodeCategory.NonSpacingMark => '\u0300',
        UnicodeCategory.SpacingCombiningMark => '\u0903',
        UnicodeCategory.EnclosingMark => '\u0488',
        UnicodeCategory.DecimalDigitNumber => '\u0660',
        UnicodeCategory.LetterNumber => '\u2160',
        UnicodeCategory.OtherNumber => '\u2460',
        UnicodeCategory.ConnectorPunctuation => '\u203F',
        UnicodeCategory.DashPunctuation => '\u2013',
        UnicodeCategory.OpenPunctuation => '\u2045',
        UnicodeCategory.ClosePunctuation => '\u2046',
        UnicodeCategory.InitialQuotePunctuation => '\u2039',
        UnicodeCategory.FinalQuotePunctuation => '\u203A',
        UnicodeCategory.OtherPunctuation => '\u2020',
        UnicodeCategory.MathSymbol => '\u2211',
        UnicodeCategory.CurrencySymbol => '\u20AC',
        UnicodeCategory.ModifierSymbol => '\u02C2',
        UnicodeCategory.OtherSymbol => '\u2190',
        UnicodeCategory.Format => '\u200B',
        UnicodeCategory.PrivateUse => '\uE000',
        _ => '\u0378', // not assigned
    };
}
