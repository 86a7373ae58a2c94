using System.Runtime.InteropServices;

namespace LongAlign.Data.Store;

/// <summary>Integers one after another, as bytes in the machine's order, which Arrow files say is little endian.</summary>
internal sealed class Growing
{
    private byte[] _bytes = [];

    public int Count { get; private set; }

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, Count * sizeof(int));

    public void Append(ReadOnlySpan<int> values)
    {
        int used = Count * sizeof(int);
        int needed = checked(used + (values.Length * sizeof(int)));
        if (needed > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(needed, (int)Math.Min(Array.MaxLength, 2L * _bytes.Length)));
        }

        MemoryMarshal.AsBytes(values).CopyTo(_bytes.AsSpan(used));
        Count += values.Length;
    }

    public void Clear() => Count = 0;
}
