using System.Collections.Concurrent;
using Microsoft.ML.Tokenizers;

namespace LongAlign.Data;

/// <summary>
/// Ids of words met before. Microsoft's tokenizers have a cache of their own, behind one lock that two threads wait for more than they
/// work; this one is read without a lock.
/// </summary>
/// <param name="tokenizer">Turns a word that is not known yet into ids.</param>
/// <param name="words">Cuts text into words, each of which has the same ids wherever it stands.</param>
internal sealed class WordCache(Tokenizer tokenizer, WordPreTokenizer words)
{
    private const int LongestWord = 32;
    private const int MostWords = 1 << 17;

    [ThreadStatic]
    private static List<(int Offset, int Length)>? t_places;

    private Words _known = new();

    /// <summary>Adds the ids of a text that is normalized already.</summary>
    public void AddIds(ReadOnlySpan<char> text, List<int> ids)
    {
        List<(int Offset, int Length)> places = t_places ??= [];
        places.Clear();
        words.Split(text, places);
        foreach ((int offset, int length) in places)
        {
            ReadOnlySpan<char> word = text.Slice(offset, length);
            if (length > LongestWord)
            {
                ids.AddRange(EncodeWord(word));
            }
            else if (_known.Ids.TryGetValue(word, out int[]? known))
            {
                AddTo(ids, known);
            }
            else
            {
                int[] found = [.. EncodeWord(word)];
                ids.AddRange(found);
                Remember(word, found);
            }
        }
    }

    private static void AddTo(List<int> ids, int[] known)
    {
        if (known is [int only])
        {
            ids.Add(only); // as most words are; adding a range costs more
        }
        else
        {
            ids.AddRange(known);
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
