using static TorchSharp.torch;

namespace LongAlign.Native;

/// <summary>
/// Two tensors are the same weight where they have the same memory and shape. TorchSharp gives a tied weight another object under
/// each of its names, and at each call.
/// </summary>
internal sealed class SameWeight : IEqualityComparer<Tensor>
{
    private SameWeight()
    {
    }

    public static SameWeight Comparer { get; } = new();

    public bool Equals(Tensor? x, Tensor? y)
        => ReferenceEquals(x, y)
            || (x is not null && y is not null && Aten.DataPointer(x) is var data && data != IntPtr.Zero && data == Aten.DataPointer(y) && x.shape.AsSpan().SequenceEqual(y.shape));

    public int GetHashCode(Tensor obj) => Aten.DataPointer(obj).GetHashCode();
}
