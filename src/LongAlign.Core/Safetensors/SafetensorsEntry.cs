using static TorchSharp.torch;

namespace LongAlign.Safetensors;

/// <summary>A tensor of a safetensors file: what its header says.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Dtype">Its element type.</param>
/// <param name="Shape">Its shape; empty for a scalar.</param>
/// <param name="Offset">Where its bytes begin in the file.</param>
/// <param name="ByteCount">The number of its bytes.</param>
public sealed record SafetensorsEntry(string Name, ScalarType Dtype, IReadOnlyList<long> Shape, long Offset, long ByteCount);
