using static TorchSharp.torch;

namespace LongAlign.Safetensors;

/// <summary>Names of element types in the format, and their sizes.</summary>
internal static class SafetensorsDtype
{
    private static readonly (string Name, ScalarType Type, int Size)[] All =
    [
        ("F64", ScalarType.Float64, 8),
        ("F32", ScalarType.Float32, 4),
        ("F16", ScalarType.Float16, 2),
        ("BF16", ScalarType.BFloat16, 2),
        ("I64", ScalarType.Int64, 8),
        ("I32", ScalarType.Int32, 4),
        ("U8", ScalarType.Byte, 1),
        ("BOOL", ScalarType.Bool, 1),
    ];

    public static string Names => string.Join(", ", All.Select(dtype => dtype.Name));

    public static bool TryParse(string? name, out ScalarType type, out int size)
    {
        int index = Array.FindIndex(All, dtype => dtype.Name == name);
        (type, size) = index < 0 ? default : (All[index].Type, All[index].Size);
        return index >= 0;
    }

    public static (string Name, int Size) Of(ScalarType type)
    {
        int index = Array.FindIndex(All, dtype => dtype.Type == type);
        return index >= 0
            ? (All[index].Name, All[index].Size)
            : throw new SafetensorsException($"A tensor of type {type} can't be written; expected one of {Names}.");
    }
}
