using System.Numerics;

namespace LongAlign.Packing;

/// <summary>A set of small integers that finds the next member in a few steps: 64-ary levels of bitmaps, each telling which words below are not 0.</summary>
internal sealed class BitSet
{
    private readonly ulong[][] _levels;

    public BitSet(int size)
    {
        List<ulong[]> levels = [];
        do
        {
            size = (size + 63) / 64;
            levels.Add(new ulong[size]);
        }
        while (size > 1);
        _levels = [.. levels];
    }

    public bool Contains(int value) => (_levels[0][value >> 6] >> value & 1) != 0;

    public void Set(int value)
    {
        foreach (ulong[] level in _levels)
        {
            level[value >> 6] |= 1UL << value;
            value >>= 6;
        }
    }

    public void Clear(int value)
    {
        foreach (ulong[] level in _levels)
        {
            level[value >> 6] &= ~(1UL << value);
            if (level[value >> 6] != 0)
            {
                return;
            }

            value >>= 6;
        }
    }

    /// <summary>The smallest member that is not less than <paramref name="value"/>, or -1.</summary>
    public int NextSet(int value)
    {
        for (int level = 0; level < _levels.Length; level++)
        {
            int word = value >> 6;
            if (word >= _levels[level].Length)
            {
                return -1;
            }

            ulong rest = _levels[level][word] >> value;
            if (rest != 0)
            {
                value += BitOperations.TrailingZeroCount(rest);
                while (level-- > 0)
                {
                    value = (value << 6) + BitOperations.TrailingZeroCount(_levels[level][value]);
                }

                return value;
            }

            value = word + 1;
        }

        return -1;
    }
}
