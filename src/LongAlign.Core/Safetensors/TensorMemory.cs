using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Safetensors;

/// <summary>The numbers of a contiguous tensor in slices: a span holds less than 2 GiB, and a copy of a slice is small.</summary>
internal static class TensorMemory
{
    private const long SliceElements = 1 << 27;

    public delegate void SliceAction(Span<byte> bytes);

    /// <summary>The bytes of a tensor on the CPU.</summary>
    public static void ForEachSlice(Tensor tensor, SliceAction action)
        => ForEachSlice(tensor, SliceElements, slice => action(slice.bytes));

    /// <summary>Views of <paramref name="elements"/> numbers each, the last one shorter.</summary>
    public static void ForEachSlice(Tensor tensor, long elements, Action<Tensor> action)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor flat = tensor.view(-1);
        for (long start = 0; start < flat.numel(); start += elements)
        {
            using Tensor slice = flat.narrow(0, start, Math.Min(elements, flat.numel() - start));
            action(slice);
        }
    }
}
