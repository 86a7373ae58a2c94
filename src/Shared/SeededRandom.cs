namespace LongAlign.Sequences;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers on every platform and runtime, unlike <see cref="Random"/>.
/// </summary>
internal struct SeededRandom(ulong seed)
{
    private const ulong Increment = 0x9E3779B97F4A7C15;
    private ulong _state = seed;

    /// <summary>A generator for one epoch of a seeded run.</summary>
    public static SeededRandom ForEpoch(ulong seed, int epoch)
    {
        SeededRandom random = new(seed);
        return new SeededRandom(random.NextUInt64() + ((ulong)epoch * Increment));
    }

    public ulong NextUInt64()
    {
        _state += Increment;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to <paramref name="bound"/> - 1, each as likely as another (Lemire 2019).</summary>
    public int Next(int bound)
    {
        ulong range = (ulong)bound;
        ulong high = Math.BigMul(NextUInt64(), range, out ulong low);
        if (low < range)
        {
            ulong threshold = (0 - range) % range;
            while (low < threshold)
            {
                high = Math.BigMul(NextUInt64(), range, out low);
            }
        }

        return (int)high;
    }

    /// <summary>Fisher and Yates.</summary>
    public void Shuffle<T>(Span<T> values)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    /// <summary>The numbers from 0 to <paramref name="count"/> - 1 in random order.</summary>
    public int[] Permutation(int count)
    {
        int[] values = [.. Enumerable.Range(0, count)];
        Shuffle(values.AsSpan());
        return values;
    }
}
