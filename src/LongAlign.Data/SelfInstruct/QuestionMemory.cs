namespace LongAlign.Data.SelfInstruct;

/// <summary>
/// MinHash (Broder 1997) over runs of two words, with locality-sensitive hashing: likeness of a question to all before it without comparing
/// it to each.
/// </summary>
internal sealed class QuestionMemory(double similarity)
{
    private const int Hashes = 128;
    private const int Bands = 32; // of 4 hashes: a pair of likeness 0.8 meets in one of them but for 1 in 10^7
    private const int Rows = Hashes / Bands;

    private readonly List<(string Id, ulong[] Signature)> _seen = [];
    private readonly Dictionary<(int Band, ulong Value), List<int>> _buckets = [];

    /// <summary>Adds a question unless one much like it was added before.</summary>
    /// <returns>The id of that one; null where the question is new.</returns>
    public string? FindOrAdd(string id, string question)
    {
        ulong[] signature = Signature(question);
        (int, ulong)[] keys = [.. Enumerable.Range(0, Bands).Select(band => (band, Band(signature.AsSpan(band * Rows, Rows))))];
        foreach (int other in keys.SelectMany(key => _buckets.GetValueOrDefault(key, [])).Distinct().Order())
        {
            int same = signature.Zip(_seen[other].Signature).Count(pair => pair.First == pair.Second);
            if (same >= similarity * Hashes)
            {
                return _seen[other].Id;
            }
        }

        foreach ((int, ulong) key in keys)
        {
            (_buckets.TryGetValue(key, out List<int>? bucket) ? bucket : _buckets[key] = []).Add(_seen.Count);
        }

        _seen.Add((id, signature));
        return null;
    }

    private static ulong[] Signature(string text)
    {
        ulong[] signature = new ulong[Hashes];
        Array.Fill(signature, ulong.MaxValue);
        foreach (ulong piece in TextPieces.Of(text, 2))
        {
            for (int i = 0; i < Hashes; i++)
            {
                signature[i] = Math.Min(signature[i], TextPieces.Mix(piece + ((ulong)(i + 1) * 0xD1B54A32D192ED03)));
            }
        }

        return signature;
    }

    private static ulong Band(ReadOnlySpan<ulong> rows)
    {
        ulong value = 0;
        foreach (ulong row in rows)
        {
            value = TextPieces.Mix(value ^ row);
        }

        return value;
    }
}
