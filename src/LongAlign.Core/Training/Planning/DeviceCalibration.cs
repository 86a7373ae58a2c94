using System.Diagnostics;
using LongAlign.Attention;
using LongAlign.Collation;
using LongAlign.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>Measures at what rates this machine's processors compute, in about ten seconds.</summary>
public static class DeviceCalibration
{
    private const int MatrixSize = 2_048;
    private const int SequenceLength = 4_096;
    private const int Heads = 8;
    private const int HeadDim = 64;
    private const int Elements = 1 << 24;
    private const int Runs = 3;

    /// <summary>Measures products of matrices, attention of a sequence of 4,096 tokens forward and backward, and sums of large tensors.</summary>
    /// <param name="memoryBytes">The machine's memory; by default what the runtime says, which is that of the container.</param>
    /// <param name="precision">Decides the dtype that is measured.</param>
    /// <returns>The device <c>cpu</c>, with the best of three rates each.</returns>
    /// <exception cref="TorchUnavailableException">libtorch can't be loaded; the message says why.</exception>
    public static ComputeDevice MeasureCpu(long? memoryBytes = null, TrainingPrecision precision = TrainingPrecision.Full)
    {
        TorchRuntime.EnsureAvailable();
        ScalarType dtype = precision == TrainingPrecision.Full ? ScalarType.Float32 : ScalarType.BFloat16;
        return new ComputeDevice
        {
            Name = "cpu",
            MemoryBytes = memoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            LinearFlopsPerSecond = Linear(dtype),
            AttentionFlopsPerSecond = Attention(dtype),
            ElementBytesPerSecond = Element(dtype),
            IsGpu = false,
        };
    }

    private static double Linear(ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor a, Tensor b) = (ones(MatrixSize, MatrixSize, dtype: dtype), ones(MatrixSize, MatrixSize, dtype: dtype));
        return 2 * Math.Pow(MatrixSize, 3) / Best(() => a.mm(b));
    }

    private static double Attention(ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        PackLayout layout = PackLayout.FromLengths(SequenceLength);
        Tensor[] inputs = [.. Enumerable.Range(0, 3).Select(_ => ones([SequenceLength, Heads, HeadDim], dtype: dtype, requires_grad: true))];
        Tensor gradient = ones([SequenceLength, Heads, HeadDim], dtype: dtype);
        return 3.5 * 2 * SequenceLength * (double)SequenceLength * Heads * HeadDim / Best(() => BlockDiagonalAttention.Forward(inputs[0], inputs[1], inputs[2], layout).backward([gradient]));
    }

    private static double Element(ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor a, Tensor b) = (ones(Elements, dtype: dtype), ones(Elements, dtype: dtype));
        return 3.0 * Elements * a.element_size() / Best(() => a.add(b));
    }

    private static double Best(Action work)
    {
        double best = double.PositiveInfinity;
        for (int i = 0; i <= Runs; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            long start = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
