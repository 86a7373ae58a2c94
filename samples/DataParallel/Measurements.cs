using System.Diagnostics;
using LongAlign.Distributed;
using TorchSharp;
using static TorchSharp.torch;

namespace DataParallel;

/// <summary>Measures the time of a sum over all ranks, alone and beside computation.</summary>
internal static class Measurements
{
    private const int Runs = 7;

    public static void Run(IProcessGroup group)
    {
        using IDisposable noGrad = no_grad();
        Write(group, "      elements     sum of float32    GB/s   memory copy GB/s   of a copy");
        foreach (int elements in new[] { 1, 1_000, 100_000, 1_000_000, 6_553_600, 25_000_000 })
        {
            using Tensor values = zeros(elements);
            using Tensor copy = zeros(elements);
            double sum = Best(group, () => group.AllReduceSum(values));
            double copying = Best(group, () => copy.copy_(values));
            double bytes = 4.0 * elements;
            Write(group, $"{elements,14:N0} {sum * 1e6,15:N0} us {bytes / sum / 1e9,7:F2} {bytes / copying / 1e9,18:F1} {copying / sum,11:F2}");
        }

        using (Tensor half = zeros(6_553_600, ScalarType.BFloat16))
        {
            double sum = Best(group, () => group.AllReduceSum(half));
            Write(group, $"     6,553,600 {sum * 1e6,15:N0} us, bfloat16, added in float32");
        }

        double vote = Best(group, group.Barrier);
        Write(group, $"a barrier: {vote * 1e6:N0} us");
        Overlap(group);
    }

    /// <summary>A sum on one thread beside products of matrices on another, as a backward pass that did not wait for the sum would have it.</summary>
    private static void Overlap(IProcessGroup group)
    {
        using Tensor gradients = zeros(25_000_000);
        using Tensor a = rand(768, 768);
        double computation = Best(group, Compute);
        double sum = Best(group, Sum);
        double oneAfterTheOther = Best(group, () =>
        {
            Compute();
            Sum();
        });
        double sideBySide = Best(group, () =>
        {
            Thread thread = new(Sum);
            thread.Start();
            Compute();
            thread.Join();
        });
        Write(group, $"computation {computation * 1e3:F0} ms, sum of 100 MB {sum * 1e3:F0} ms, one after the other {oneAfterTheOther * 1e3:F0} ms, side by side {sideBySide * 1e3:F0} ms");

        void Sum()
        {
            for (int i = 0; i < 4; i++)
            {
                using Tensor bucket = gradients.narrow(0, i * 6_250_000, 6_250_000);
                group.AllReduceSum(bucket);
            }
        }

        void Compute()
        {
            using DisposeScope scope = NewDisposeScope();
            for (int i = 0; i < 12; i++)
            {
                a.mm(a).Dispose();
            }
        }
    }

    /// <summary>Seconds of the best of several runs, each begun by all ranks at once.</summary>
    private static double Best(IProcessGroup group, Action action)
    {
        double best = double.PositiveInfinity;
        for (int run = 0; run < Runs; run++)
        {
            group.Barrier();
            long start = Stopwatch.GetTimestamp();
            action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private static void Write(IProcessGroup group, string line)
    {
        if (group.Rank == 0)
        {
            Console.WriteLine(line);
        }
    }
}
