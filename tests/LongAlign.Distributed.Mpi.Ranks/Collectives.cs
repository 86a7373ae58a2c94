using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Distributed.Mpi.Ranks;

/// <summary>Sums and broadcasts of every dtype and layout, against what they have to be; runs under mpirun.</summary>
internal static class Collectives
{
    /// <summary>More than two calls of MPI.</summary>
    private const long Long = (1 << 21) + 3;

    public static void Check(IProcessGroup group)
    {
        using DisposeScope scope = NewDisposeScope();
        int all = Enumerable.Range(1, group.WorldSize).Sum();
        int own = group.Rank + 1;
        foreach (ScalarType dtype in new[] { ScalarType.Float32, ScalarType.Float64, ScalarType.Int64, ScalarType.BFloat16, ScalarType.Float16 })
        {
            Tensor numbers = arange(1_000, dtype: ScalarType.Int64).remainder(50).to(dtype);
            Tensor sum = numbers * own;
            group.AllReduceSum(sum);
            Expect(sum, numbers * all, $"sum of {dtype}");

            Tensor turned = (numbers * own).view(20, 50).t();
            group.AllReduceSum(turned);
            Expect(turned, (numbers * all).view(20, 50).t(), $"sum of {dtype} that is not contiguous");
        }

        foreach (ScalarType dtype in new[] { ScalarType.Byte, ScalarType.Bool, ScalarType.BFloat16, ScalarType.Float32, ScalarType.Int64 })
        {
            int root = group.WorldSize - 1;
            Tensor sent = (zeros(10, 7) + (group.Rank == root ? 1 : 0)).to(dtype).t();
            group.Broadcast(sent, root);
            Expect(sent, ones(7, 10).to(dtype), $"broadcast of {dtype}");
        }

        // 256 and 1 are 256 in bfloat16, so of three ranks the ones would be lost one by one; in float32 they are not.
        Tensor small = tensor(group.Rank == 0 ? 256f : 1f).to(ScalarType.BFloat16);
        group.AllReduceSum(small);
        Expect(small, tensor(255f + group.WorldSize).to(ScalarType.BFloat16), "sum of bfloat16");

        foreach (ScalarType dtype in new[] { ScalarType.Float32, ScalarType.BFloat16 })
        {
            using DisposeScope inner = NewDisposeScope();
            Tensor numbers = arange(Long, dtype: ScalarType.Int64).remainder(50).to(dtype);
            Tensor sum = numbers * own;
            group.AllReduceSum(sum);
            Expect(sum, numbers * all, $"sum of {Long} {dtype}");
        }

        CheckParts(group, count: 7);
        CheckParts(group, Long); // more than one call of MPI
        IProcessGroup part = group.Split(group.Rank % 2);
        Expect(tensor(part.WorldSize), tensor((group.WorldSize + 1 - (group.Rank % 2)) / 2), "size of a part");
        Tensor ranks = tensor((long)group.Rank);
        part.AllReduceSum(ranks);
        Expect(ranks, tensor((long)Enumerable.Range(0, group.WorldSize).Where(rank => rank % 2 == group.Rank % 2).Sum()), "sum of the ranks of a part");
        CheckParts(part, count: 3);

        using Tensor empty = zeros(0);
        group.AllReduceSum(empty);
        group.Barrier();
        try
        {
            group.AllReduceSum(zeros(1, dtype: ScalarType.Bool));
            throw new InvalidOperationException("A sum of booleans was accepted.");
        }
        catch (ArgumentException)
        {
        }

        // Open MPI and its transports must leave the runtime's signal handlers alone.
        try
        {
            _ = Nothing()!.Length;
        }
        catch (NullReferenceException)
        {
        }
    }

    /// <summary>Element i of the part that rank r has for rank d is 100 r + 10 d + (i mod 7).</summary>
    private static void CheckParts(IProcessGroup group, long count)
    {
        using DisposeScope scope = NewDisposeScope();
        int size = group.WorldSize;
        Tensor Part(int from, int to) => arange(count, dtype: ScalarType.Int64).remainder(7) + (100 * from) + (10 * to);
        Tensor All(Func<int, Tensor> part) => cat([.. Enumerable.Range(0, size).Select(part)]);
        foreach (ScalarType dtype in count < Long ? new[] { ScalarType.Float32, ScalarType.Float64 } : [ScalarType.Float32])
        {
            Tensor sum = empty(count, dtype);
            group.ReduceScatterSum(All(to => Part(group.Rank, to)).to(dtype), sum);
            Expect(sum, Enumerable.Range(0, size).Select(from => Part(from, group.Rank)).Aggregate((a, b) => a + b).to(dtype), $"parts of a sum of {count} {dtype}");
        }

        foreach (ScalarType dtype in count < Long ? new[] { ScalarType.Float32, ScalarType.BFloat16, ScalarType.Int64 } : [ScalarType.BFloat16])
        {
            Tensor all = empty(size * count, dtype);
            group.AllGather(Part(group.Rank, 0).to(dtype), all);
            Expect(all, All(from => Part(from, 0)).to(dtype), $"gathering of {count} {dtype}");
            group.AllToAll(All(to => Part(group.Rank, to)).to(dtype), all);
            Expect(all, All(from => Part(from, group.Rank)).to(dtype), $"exchange of {count} {dtype}");
        }
    }

    private static string? Nothing() => Environment.GetEnvironmentVariable("LONGALIGN_NO_SUCH_VARIABLE");

    private static void Expect(Tensor actual, Tensor expected, string what)
    {
        if (!actual.eq(expected).all().item<bool>())
        {
            throw new InvalidOperationException($"{what}: {actual.flatten()[0].ToDouble()} first; expected {expected.flatten()[0].ToDouble()}.");
        }
    }
}
