using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LongAlign.Requests;

/// <summary>
/// Random draws for one item: they depend on the seed, the item's id and the purpose alone, never on the order in which items are
/// worked on, and are the same on every platform.
/// </summary>
/// <remarks>Numbers are SHA-256 of these and a counter. Not thread-safe.</remarks>
internal sealed class ItemRandom
{
    private readonly byte[] _state;
    private int _drawn;

    /// <summary>Begins the draws of an item.</summary>
    /// <param name="seed">The seed of the whole run.</param>
    /// <param name="itemId">The item.</param>
    /// <param name="purpose">The purpose of the draw, so that draws for two purposes are independent.</param>
    public ItemRandom(long seed, string itemId, string purpose)
    {
        ArgumentNullException.ThrowIfNull(itemId);
        ArgumentNullException.ThrowIfNull(purpose);
        byte[] item = SHA256.HashData(Encoding.UTF8.GetBytes(itemId));
        byte[] use = SHA256.HashData(Encoding.UTF8.GetBytes(purpose));
        _state = new byte[sizeof(long) + item.Length + use.Length + sizeof(int)];
        BinaryPrimitives.WriteInt64LittleEndian(_state, seed);
        item.CopyTo(_state, sizeof(long));
        use.CopyTo(_state, sizeof(long) + item.Length);
    }

    /// <summary>Draws a number.</summary>
    /// <param name="bound">The number of values, at least 1.</param>
    /// <returns>From 0 to <paramref name="bound"/> - 1, each as likely as another.</returns>
    public int Next(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);

        // 64 bits into fewer than 2^31 boxes: the error is below 2^-33.
        return (int)Math.BigMul(NextUInt64(), (ulong)bound, out _);
    }

    /// <summary>Draws a number.</summary>
    /// <returns>At least 0 and less than 1.</returns>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Puts values in random order.</summary>
    /// <typeparam name="T">Their type.</typeparam>
    /// <param name="values">The values.</param>
    public void Shuffle<T>(Span<T> values)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    private ulong NextUInt64()
    {
        BinaryPrimitives.WriteInt32LittleEndian(_state.AsSpan(_state.Length - sizeof(int)), _drawn++);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(_state, hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
