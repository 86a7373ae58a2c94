using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace LongAlign.Data;

/// <summary>Cuts text into words by patterns, one after another. Thread-safe.</summary>
/// <param name="cuts">The patterns.</param>
/// <param name="characters">The characters that they name.</param>
internal sealed class TextCutter(IReadOnlyList<TextCut> cuts, PatternCharacters characters)
{
    // A Regex keeps one matcher: two threads on the same Regex fight over it at every match, which made two slower than one.
    private readonly ConcurrentBag<TextCut[]> _idle = [[.. cuts]];

    /// <summary>Cuts the words of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="words">The words, in order; replaced by smaller ones.</param>
    public void Cut(ReadOnlySpan<char> text, List<(int Offset, int Length)> words)
    {
        TextCut[] own = _idle.TryTake(out TextCut[]? idle) ? idle : [.. cuts.Select(cut => cut.Copy())];
        if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            Apply(own, text, words);
        }
        else
        {
            (char[] standIn, int[] offsets, int[] places) = StandIn(text);
            foreach (ref (int Offset, int Length) word in CollectionsMarshal.AsSpan(words))
            {
                word = (places[word.Offset], places[word.Offset + word.Length] - places[word.Offset]);
            }

            Apply(own, standIn, words);
            foreach (ref (int Offset, int Length) word in CollectionsMarshal.AsSpan(words))
            {
                word = (offsets[word.Offset], offsets[word.Offset + word.Length] - offsets[word.Offset]);
            }
        }

        _idle.Add(own);
    }

    private void Apply(TextCut[] cuts, ReadOnlySpan<char> text, List<(int Offset, int Length)> words)
    {
        foreach (TextCut cut in cuts)
        {
            (int Offset, int Length)[] parts = [.. words];
            words.Clear();
            try
            {
                foreach ((int offset, int length) in parts)
                {
                    cut.Apply(text, offset, length, words);
                }
            }
            catch (RegexMatchTimeoutException e)
            {
                throw new InvalidDataException($"{characters.Path} has the pattern {cut.Pattern}, which does not come to an end on a text within {e.MatchTimeout.TotalSeconds:0} s.", e);
            }
        }
    }

    /// <summary>One character a code point; where in the text each begins, and which each place of the text is of, with the ends behind them.</summary>
    private (char[] StandIn, int[] Offsets, int[] Places) StandIn(ReadOnlySpan<char> text)
    {
        List<char> standIn = new(text.Length);
        List<int> offsets = new(text.Length + 1);
        int[] places = new int[text.Length + 1];
        for (int i = 0; i < text.Length;)
        {
            bool isPair = Rune.DecodeFromUtf16(text[i..], out Rune rune, out int length) == System.Buffers.OperationStatus.Done && length == 2;
            places.AsSpan(i, length).Fill(offsets.Count);
            offsets.Add(i);
            standIn.Add(isPair ? characters.StandInFor(rune) : text[i]);
            i += length;
        }

        places[text.Length] = offsets.Count;
        offsets.Add(text.Length);
        return ([.. standIn], [.. offsets], places);
    }
}
