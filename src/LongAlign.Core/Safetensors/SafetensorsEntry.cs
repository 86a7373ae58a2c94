using static TorchSharp.torch;

namespace LongAlign.Safetensors;

/// <summary>A tensor of a safetensors file: what its header says. Immutable.</summary>
public sealed class SafetensorsEntry
{
    internal SafetensorsEntry()
    {
    }

    /// <summary>The tensor's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its element type.</summary>
    public required ScalarType Dtype { get; init; }

    /// <summary>Its shape; empty for a scalar.</summary>
    public required IReadOnlyList<long> Shape { get; init; }

    /// <summary>The offset of its first byte in the file.</summary>
    public required long Offset { get; init; }

    /// <summary>The number of its bytes.</summary>
    public required long ByteCount { get; init; }
}
