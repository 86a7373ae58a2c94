using System.Collections.Concurrent;

namespace LongAlign.Data;

/// <summary>
/// Ids of words met before. Microsoft's tokenizers have a cache of their own, behind one lock that two threads wait for more than they
/// work; this one is read without a lock.
/// </summary>
/// <param name="encode">Turns a word that is not known yet into ids.</param>
internal sealed class WordCache(Func<ReadOnlySpan<char>, IReadOnlyList<int>> encode)
{
    private const int LongestWord = 32;
    private const int MostWords = 1 << 17;

    private Words _known = new();

    /// <summary>Adds the ids of a word, which are the same wherever it stands, to a list.</summary>
    public void AddIds(ReadOnlySpan<char> word, List<int> ids)
    {
        if (word.Length > LongestWord)
        {
            ids.AddRange(encode(word));
        }
        else if (!_known.Ids.TryGetValue(word, out int[]? known))
        {
            known = [.. encode(word)];
            ids.AddRange(known);
            Remember(word, known);
        }
        else if (known is [int only])
        {
            ids.Add(only); // as most words are; adding a range costs more
        }
        else
        {
            ids.AddRange(known);
        }
    }

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
