using System.Numerics;
using System.Runtime.InteropServices;

namespace LongAlign.Sequences;

/// <summary>Token ids are stored in 32 bits and wanted in 64: a vector at a time, which System.Numerics.Tensors does not do.</summary>
internal static class Widening
{
    public static void CopyTo(ReadOnlySpan<int> source, Span<long> target)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, source.Length, nameof(target));
        ref int from = ref MemoryMarshal.GetReference(source);
        ref long to = ref MemoryMarshal.GetReference(target);
        int t = 0;
        for (; t <= source.Length - Vector<int>.Count; t += Vector<int>.Count)
        {
            Vector.Widen(Vector.LoadUnsafe(ref from, (nuint)t), out Vector<long> low, out Vector<long> high);
            low.StoreUnsafe(ref to, (nuint)t);
            high.StoreUnsafe(ref to, (nuint)(t + Vector<long>.Count));
        }

        for (; t < source.Length; t++)
        {
            target[t] = source[t];
        }
    }
}
