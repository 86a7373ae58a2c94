using LongAlign.Distributed;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Distributed;

/// <summary>Two ranks of which the other always has the same: a sum doubles. Remembers what was added up.</summary>
internal sealed class DoublingGroup : IProcessGroup
{
    public List<(IntPtr Handle, long Count)> Sums { get; } = [];

    public int Rank => 0;

    public int WorldSize => 2;

    public void AllReduceSum(Tensor tensor)
    {
        Sums.Add((tensor.Handle, tensor.numel()));
        tensor.mul_(2);
    }

    public void Broadcast(Tensor tensor, int root = 0)
    {
    }

    public void ReduceScatterSum(Tensor parts, Tensor sum) => throw new NotSupportedException();

    public void AllGather(Tensor part, Tensor all) => throw new NotSupportedException();

    public void AllToAll(Tensor parts, Tensor received) => throw new NotSupportedException();

    public IProcessGroup Split(int color) => throw new NotSupportedException();

    public void Barrier()
    {
    }
}
