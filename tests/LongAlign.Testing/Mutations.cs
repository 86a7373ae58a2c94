using System.Globalization;

namespace LongAlign.Testing;

/// <summary>Copies of a file with one byte changed, added or removed; <c>LONGALIGN_MUTATIONS</c> sets how many, 250 unless set.</summary>
public static class Mutations
{
    public static int Count { get; } = Environment.GetEnvironmentVariable("LONGALIGN_MUTATIONS") is { Length: > 0 } many ? int.Parse(many, CultureInfo.InvariantCulture) : 250;

    /// <returns>The bytes, where the change is, and whether what lies behind it has moved.</returns>
    public static IEnumerable<(byte[] Bytes, int At, bool IsMoved)> Of(byte[] whole)
    {
        Random random = new(5);
        for (int i = 0; i < Count; i++)
        {
            int at = random.Next(whole.Length);
            byte value = (byte)random.Next(256);
            int kind = random.Next(4);
            byte[] bytes = kind switch
            {
                0 => [.. whole[..at], (byte)(whole[at] ^ (1 << (value % 8))), .. whole[(at + 1)..]],
                1 => [.. whole[..at], value, .. whole[(at + 1)..]],
                2 => [.. whole[..at], value, .. whole[at..]],
                _ => [.. whole[..at], .. whole[(at + 1)..]],
            };
            yield return (bytes, at, kind > 1);
        }
    }
}
