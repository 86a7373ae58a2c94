using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace LongAlign.Sequences;

/// <summary>Lengths of sequences in a file: little-endian 32-bit integers, one after another, or a text with one to a line. Enough for planning.</summary>
public static class LengthsFile
{
    /// <summary>Reads all lengths.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The lengths, 4 bytes each.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is empty, larger than an array may be, its size is not a multiple of 4, or a length is below 1.</exception>
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
        int wrong = lengths.AsSpan().IndexOfAnyExceptInRange(1, int.MaxValue);
        return wrong < 0 ? lengths : throw new InvalidDataException($"{path}, number {wrong} (from 0): {lengths[wrong]} is not a length; expected at least 1.");
    }

    /// <summary>Reads lengths of a text.</summary>
    /// <param name="path">The file, a whole number to a line; blank lines are passed over.</param>
    /// <returns>The lengths.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is empty, or a line is not a length; the message has the line.</exception>
    public static int[] ReadText(string path)
    {
        List<int> lengths = [];
        foreach ((int number, string line) in File.ReadLines(path).Index())
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                lengths.Add(int.TryParse(line.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int length) && length >= 1
                    ? length
                    : throw new InvalidDataException($"{path}:{number + 1}: '{(line.Length <= 40 ? line : line[..40] + "…")}' is not a length; expected a whole number from 1 to {int.MaxValue}."));
            }
        }

        return lengths.Count > 0 ? [.. lengths] : throw new InvalidDataException($"{path}: there are no lengths; expected at least one line.");
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
