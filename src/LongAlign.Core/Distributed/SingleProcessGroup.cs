using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Distributed;

/// <summary>The group of one process: its sums are its own numbers. The trainer's default.</summary>
/// <remarks>Thread-safe; costs nothing.</remarks>
public sealed class SingleProcessGroup : IProcessGroup
{
    private SingleProcessGroup()
    {
    }

    /// <summary>The group.</summary>
    public static SingleProcessGroup Instance { get; } = new();

    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int WorldSize => 1;

    /// <inheritdoc/>
    public void AllReduceSum(Tensor tensor)
    {
    }

    /// <inheritdoc/>
    public void Broadcast(Tensor tensor, int root = 0) => ArgumentOutOfRangeException.ThrowIfNotEqual(root, 0);

    /// <inheritdoc/>
    public void ReduceScatterSum(Tensor parts, Tensor sum) => Copy(parts, sum);

    /// <inheritdoc/>
    public void AllGather(Tensor part, Tensor all) => Copy(part, all);

    /// <inheritdoc/>
    public void AllToAll(Tensor parts, Tensor received) => Copy(parts, received);

    /// <inheritdoc/>
    public IProcessGroup Split(int color) => this;

    /// <inheritdoc/>
    public void Barrier()
    {
    }

    private static void Copy(Tensor from, Tensor to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        to.copy_(from);
    }
}
