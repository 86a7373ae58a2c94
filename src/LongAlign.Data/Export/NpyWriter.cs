using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace LongAlign.Data.Export;

/// <summary>Writes a NumPy array of two dimensions row by row, so that no more than a row is in memory.</summary>
/// <remarks>Format version 1.0, C order: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.</remarks>
internal sealed class NpyWriter
{
    private readonly Stream _stream;

    public NpyWriter(Stream stream, char kind, int itemSize, long rows, int width)
    {
        _stream = stream;
        char order = BitConverter.IsLittleEndian ? '<' : '>';
        string header = string.Create(
            CultureInfo.InvariantCulture, $"{{'descr': '{order}{kind}{itemSize}', 'fortran_order': False, 'shape': ({rows}, {width}), }}");
        int size = (10 + header.Length + 1 + 63) / 64 * 64; // the data begins at a multiple of 64 bytes
        stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)((size - 10) % 256), (byte)((size - 10) / 256)]);
        stream.Write(Encoding.ASCII.GetBytes(header.PadRight(size - 11) + '\n'));
    }

    public static NpyWriter Int64(Stream stream, long rows, int width) => new(stream, 'i', sizeof(long), rows, width);

    public static NpyWriter Float32(Stream stream, long rows, int width) => new(stream, 'f', sizeof(float), rows, width);

    public void WriteRow<T>(ReadOnlySpan<T> row)
        where T : struct
        => _stream.Write(MemoryMarshal.AsBytes(row));
}
