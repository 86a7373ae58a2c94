using System.Collections.Concurrent;

namespace LongAlign.Data;

/// <summary>
/// Ids of words met before. It is read without a lock: two threads would wait for one more than they work.
/// </summary>
/// <param name="encode">Adds the ids of a word that is not known yet.</param>
internal sealed class WordCache(Action<ReadOnlySpan<char>, List<int>> encode)
{
    private const int LongestWord = 32;
    private const int MostWords = 1 << 17;

    private Words _known = new();

    /// <summary>Adds the ids of a word, which are the same wherever it stands, to a list.</summary>
    public void AddIds(ReadOnlySpan<char> word, List<int> ids)
    {
        if (word.Length > LongestWord)
        {
            encode(word, ids);
        }
        else if (!_known.Ids.TryGetValue(word, out int[]? known))
        {
            int start = ids.Count;
            encode(word, ids);
            Remember(word, [.. System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ids)[start..]]);
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
