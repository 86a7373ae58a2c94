using System.Collections.Concurrent;
using Microsoft.ML.Tokenizers;

namespace LongAlign.Data;

/// <summary>
/// Ids of words met before. Microsoft's tokenizers have a cache of their own, behind one lock that two threads wait for more than they
/// work; this one is read without a lock.
/// </summary>
/// <param name="tokenizer">Turns a word that is not known yet into ids.</param>
/// <param name="words">Cuts text into words, each of which has the same ids wherever it stands.</param>
internal sealed class WordCache(Tokenizer tokenizer, SplitPreTokenizer words)
{
    private const int LongestWord = 32;
    private const int MostWords = 1 << 17;

    private Words _known = new();

    /// <summary>The ids of a text.</summary>
    public List<int> Encode(string text)
    {
        List<int> ids = new(text.Length / 3);
        AddIds(tokenizer.Normalizer?.Normalize(text) ?? text, ids);
        return ids;
    }

    /// <summary>Adds the ids of a text that is normalized already.</summary>
    public void AddIds(ReadOnlySpan<char> text, List<int> ids)
    {
        foreach ((int offset, int length) in words.Split(text))
        {
            ReadOnlySpan<char> word = text.Slice(offset, length);
            if (length > LongestWord)
            {
                ids.AddRange(EncodeWord(word));
            }
            else if (_known.Ids.TryGetValue(word, out int[]? known))
            {
                ids.AddRange(known);
            }
            else
            {
                int[] found = [.. EncodeWord(word)];
                ids.AddRange(found);
                Remember(word, found);
            }
        }
    }

    private IReadOnlyList<int> EncodeWord(ReadOnlySpan<char> word)
        => tokenizer.EncodeToIds(word, considerPreTokenization: false, considerNormalization: false);

    private void Remember(ReadOnlySpan<char> word, int[] ids)
    {
        Words known = _known;
        if (known.Ids.TryAdd(word, ids) && Interlocked.Increment(ref known.Count) >= MostWords)
        {
            // Frequent words are back soon.
            _known = new Words();
        }
    }

    private sealed class Words
    {
        public readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> Ids
            = new ConcurrentDictionary<string, int[]>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

        public int Count;
    }
}
