using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using TorchSharp;

namespace LongAlign.Testing;

/// <summary>An array of a NumPy file, version 1.0, little endian, C order, of int64, int32 or float32.</summary>
public sealed partial class Npy
{
    private readonly byte[] _data;
    private readonly string _dtype;

    private Npy(string dtype, long[] shape, byte[] data)
    {
        _dtype = dtype;
        Shape = shape;
        _data = data;
    }

    public long[] Shape { get; }

    public long[] Int64() => Cast<long>("<i8");

    public int[] Int32() => _dtype == "<i8" ? Array.ConvertAll(Int64(), checked(v => (int)v)) : Cast<int>("<i4");

    public float[] Float32() => Cast<float>("<f4");

    /// <summary>A new tensor with the file's shape and dtype.</summary>
    public torch.Tensor ToTensor() => _dtype switch
    {
        "<i8" => torch.tensor(Int64(), Shape),
        "<i4" => torch.tensor(Int32(), Shape, dtype: torch.ScalarType.Int32),
        _ => torch.tensor(Float32(), Shape),
    };

    public static Npy Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int headerLength = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8));
        string header = Encoding.ASCII.GetString(file, 10, headerLength);
        if (header.Contains("'fortran_order': True", StringComparison.Ordinal))
        {
            throw new FormatException($"{path} is not in C order.");
        }

        long[] shape = [.. Numbers().Matches(ShapeText().Match(header).Groups[1].Value).Select(m => long.Parse(m.Value, CultureInfo.InvariantCulture))];
        return new Npy(DtypeText().Match(header).Groups[1].Value, shape, file[(10 + headerLength)..]);
    }

    private T[] Cast<T>(string dtype)
        where T : struct
        => _dtype == dtype ? MemoryMarshal.Cast<byte, T>(_data).ToArray() : throw new FormatException($"The array is {_dtype}, not {dtype}.");

    [GeneratedRegex(@"'shape': \(([^)]*)\)")]
    private static partial Regex ShapeText();

    [GeneratedRegex(@"'descr': '([^']*)'")]
    private static partial Regex DtypeText();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Numbers();
}
