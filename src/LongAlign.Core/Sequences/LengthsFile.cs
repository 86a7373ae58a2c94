using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace LongAlign.Sequences;

/// <summary>Lengths of sequences in a file: little-endian 32-bit integers, one after another. Enough for planning.</summary>
public static class LengthsFile
{
    /// <summary>Reads all lengths.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The lengths, 4 bytes each.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is empty, larger than an array may be, or its size is no multiple of 4.</exception>
    public static int[] Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        if (file.Length == 0 || file.Length % sizeof(int) != 0 || file.Length / sizeof(int) > Array.MaxLength)
        {
            throw new InvalidDataException(
                $"{path} has {file.Length} bytes; expected 32-bit integers, at least one and at most {Array.MaxLength}: a multiple of 4.");
        }

        int[] lengths = GC.AllocateUninitializedArray<int>((int)(file.Length / sizeof(int)));
        Span<int> rest = lengths;
        while (!rest.IsEmpty)
        {
            // A span of bytes holds 2 GB.
            Span<int> part = rest[..Math.Min(rest.Length, 1 << 28)];
            file.ReadExactly(MemoryMarshal.AsBytes(part));
            rest = rest[part.Length..];
        }

        ToggleEndianness(lengths);
        return lengths;
    }

    /// <summary>Writes lengths; an existing file is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lengths">The lengths.</param>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static void Write(string path, ReadOnlySpan<int> lengths)
    {
        using FileStream file = File.Create(path);
        while (!lengths.IsEmpty)
        {
            int[] part = lengths[..Math.Min(lengths.Length, 1 << 20)].ToArray();
            ToggleEndianness(part);
            file.Write(MemoryMarshal.AsBytes(part.AsSpan()));
            lengths = lengths[part.Length..];
        }
    }

    private static void ToggleEndianness(Span<int> lengths)
    {
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(lengths, lengths);
        }
    }
}
