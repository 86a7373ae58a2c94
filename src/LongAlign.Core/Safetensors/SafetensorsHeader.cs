using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace LongAlign.Safetensors;

/// <summary>Reads and checks the header of a safetensors file: everything that could be wrong with it is found before a tensor is allocated.</summary>
internal sealed class SafetensorsHeader
{
    private const int MaxHeaderBytes = 100_000_000; // the limit of the format's own reader

    private readonly string _path;
    private readonly long _dataStart;
    private readonly long _dataBytes;
    private readonly Dictionary<string, SafetensorsEntry> _entries = [];

    private SafetensorsHeader(string path, long dataStart, long dataBytes)
    {
        _path = path;
        _dataStart = dataStart;
        _dataBytes = dataBytes;
    }

    public static IReadOnlyDictionary<string, SafetensorsEntry> Read(string path, SafeFileHandle file)
    {
        long fileBytes = RandomAccess.GetLength(file);
        Span<byte> prefix = stackalloc byte[8];
        if (fileBytes < prefix.Length)
        {
            throw new SafetensorsException($"{path} has {fileBytes} bytes; a safetensors file begins with 8 bytes for the length of its header.");
        }

        RandomAccess.Read(file, prefix, 0);
        ulong headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerBytes > (ulong)(fileBytes - prefix.Length))
        {
            throw new SafetensorsException($"{path}: the header is said to have {headerBytes} bytes, and the file has {fileBytes - prefix.Length} after the length.");
        }

        if (headerBytes > MaxHeaderBytes)
        {
            throw new SafetensorsException($"{path}: the header is said to have {headerBytes} bytes; expected {MaxHeaderBytes} at the most.");
        }

        byte[] header = new byte[(int)headerBytes];
        RandomAccess.Read(file, header, prefix.Length);
        long dataStart = prefix.Length + header.Length;
        SafetensorsHeader reader = new(path, dataStart, fileBytes - dataStart);
        try
        {
            using JsonDocument document = JsonDocument.Parse(header);
            reader.ReadEntries(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: text that is not Unicode
        {
            throw new SafetensorsException($"{path}: the header is not JSON: {e.Message}", e);
        }

        reader.CheckCoverage();
        return reader._entries;
    }

    private void ReadEntries(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new SafetensorsException($"{_path}: the header is a JSON {root.ValueKind}; expected an object with an entry for each tensor.");
        }

        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (property.Name != "__metadata__" && !_entries.TryAdd(property.Name, ReadEntry(property.Name, property.Value)))
            {
                throw Fault(property.Name, "stands twice in the header");
            }
        }
    }

    private SafetensorsEntry ReadEntry(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("dtype", out JsonElement dtype) || dtype.ValueKind != JsonValueKind.String
            || !TryReadNumbers(value, "shape", out long[] shape)
            || !TryReadNumbers(value, "data_offsets", out long[] offsets) || offsets.Length != 2)
        {
            throw Fault(name, "lacks a dtype, a shape of whole numbers or two data_offsets");
        }

        if (!SafetensorsDtype.TryParse(dtype.GetString(), out var type, out int size))
        {
            throw Fault(name, $"has dtype {dtype.GetString()}; expected one of {SafetensorsDtype.Names}");
        }

        (long begin, long end) = (offsets[0], offsets[1]);
        if (begin < 0 || end < begin || end > _dataBytes)
        {
            throw Fault(name, $"has data_offsets {begin} to {end}; the file has {_dataBytes} bytes of data");
        }

        if (!TryCountBytes(shape, size, out long bytes) || bytes != end - begin)
        {
            throw Fault(name, $"has data_offsets {begin} to {end}, which is not the size of shape [{string.Join(", ", shape)}] in {dtype.GetString()}");
        }

        return new SafetensorsEntry { Name = name, Dtype = type, Shape = shape, Offset = _dataStart + begin, ByteCount = bytes };
    }

    private static bool TryReadNumbers(JsonElement value, string property, out long[] numbers)
    {
        numbers = [];
        if (!value.TryGetProperty(property, out JsonElement array) || array.ValueKind != JsonValueKind.Array)
        {
            return false;
        }

        numbers = new long[array.GetArrayLength()];
        int i = 0;
        foreach (JsonElement item in array.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out numbers[i++]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Dimensions of 0 count as 1 against the limit: torch's strides of an empty tensor must fit into 64 bits, too.</summary>
    private static bool TryCountBytes(long[] shape, int size, out long bytes)
    {
        UInt128 product = (UInt128)size;
        foreach (long dimension in shape)
        {
            if (dimension < 0 || product > long.MaxValue)
            {
                bytes = 0;
                return false;
            }

            product *= (UInt128)Math.Max(dimension, 1);
        }

        bytes = shape.Contains(0) ? 0 : (long)product;
        return product <= long.MaxValue;
    }

    /// <summary>Tensors must follow one another without overlap or gap, to the end of the file.</summary>
    private void CheckCoverage()
    {
        long expected = _dataStart;
        foreach (SafetensorsEntry entry in _entries.Values.OrderBy(entry => entry.Offset).ThenBy(entry => entry.ByteCount))
        {
            if (entry.Offset != expected)
            {
                string what = entry.Offset < expected ? "overlaps the tensor before it" : "leaves a gap after the tensor before it";
                throw Fault(entry.Name, $"begins at byte {entry.Offset - _dataStart} of the data and {what}; expected {expected - _dataStart}");
            }

            expected += entry.ByteCount;
        }

        if (expected != _dataStart + _dataBytes)
        {
            throw new SafetensorsException($"{_path} has {_dataBytes} bytes of data; its tensors account for {expected - _dataStart}.");
        }
    }

    private SafetensorsException Fault(string tensor, string what) => new($"{_path}: tensor '{tensor}' {what}.");
}
