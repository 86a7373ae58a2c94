using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Safetensors;

/// <summary>The bytes of a contiguous tensor on the CPU, in slices: a span holds less than 2 GiB.</summary>
internal static class TensorMemory
{
    private const long SliceElements = 1 << 27;

    public delegate void SliceAction(Span<byte> bytes);

    public static void ForEachSlice(Tensor tensor, SliceAction action)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor flat = tensor.view(-1);
        for (long start = 0; start < flat.numel(); start += SliceElements)
        {
            action(flat.narrow(0, start, Math.Min(SliceElements, flat.numel() - start)).bytes);
        }
    }
}
