using System.Globalization;
using System.Numerics;
using System.Text;

namespace LongAlign.Data;

/// <summary>Counts lengths by powers of two. Not thread-safe while lengths are added.</summary>
public sealed class LengthHistogram
{
    private readonly long[] _counts = new long[32];

    /// <summary>The lengths added.</summary>
    public long Count => _counts.Sum();

    /// <summary>The classes that are not empty, from short to long.</summary>
    public IEnumerable<(int From, int To, long Count)> Classes => _counts
        .Select((count, power) => (From: 1 << power, To: power == 30 ? int.MaxValue : (2 << power) - 1, Count: count))
        .Where(lengths => lengths.Count > 0);

    /// <summary>Adds a length.</summary>
    /// <param name="length">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is less than 1.</exception>
    public void Add(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        _counts[BitOperations.Log2((uint)length)]++;
    }

    /// <summary>One line for each class that is not empty, with a bar.</summary>
    /// <returns>The text; empty without lengths.</returns>
    public override string ToString()
    {
        StringBuilder text = new();
        long most = Math.Max(1, _counts.Max());
        foreach ((int from, int to, long count) in Classes)
        {
            string bar = new('#', (int)(30 * count / most));
            text.AppendLine(string.Create(CultureInfo.InvariantCulture, $"  {from,9:N0} to {to,11:N0} tokens: {count,9:N0} {bar}").TrimEnd());
        }

        return text.ToString();
    }

    internal LengthHistogram Copy()
    {
        LengthHistogram copy = new();
        _counts.CopyTo(copy._counts, 0);
        return copy;
    }
}
