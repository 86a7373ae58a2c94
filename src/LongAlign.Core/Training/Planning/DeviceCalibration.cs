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
    private const int Width = 2_048;
    private const int SequenceLength = 4_096;
    private const int Heads = 8;
    private const int HeadDim = 64;
    private const int Elements = 1 << 24;
    private const int Runs = 5;

    /// <summary>Measures a linear map and attention of a sequence of 4,096 tokens, forward and backward, and sums of large tensors.</summary>
    /// <param name="memoryBytes">The machine's memory; by default what the runtime says, which is that of the container.</param>
    /// <param name="precision">Decides the dtype that is measured.</param>
    /// <param name="model">Decides the widths of the linear map: narrow ones have a lower rate. 2,048 by 2,048 unless given.</param>
    /// <returns>The device <c>cpu</c>, with the median of five rates each.</returns>
    /// <exception cref="TorchUnavailableException">libtorch can't be loaded; the message says why.</exception>
    public static ComputeDevice MeasureCpu(long? memoryBytes = null, TrainingPrecision precision = TrainingPrecision.Full, DecoderDimensions? model = null)
    {
        TorchRuntime.EnsureAvailable();
        ScalarType dtype = precision == TrainingPrecision.Full ? ScalarType.Float32 : ScalarType.BFloat16;
        return new ComputeDevice
        {
            Name = "cpu",
            MemoryBytes = memoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            LinearFlopsPerSecond = Linear(dtype, model?.HiddenSize ?? Width, model?.IntermediateSize ?? Width),
            AttentionFlopsPerSecond = Attention(dtype),
            ElementBytesPerSecond = Element(dtype),
            IsGpu = false,
        };
    }

    /// <summary>Three products: the output, the gradient of the input, that of the weights.</summary>
    private static double Linear(ScalarType dtype, long inputs, long outputs)
    {
        using DisposeScope scope = NewDisposeScope();
        long tokens = Math.Clamp((1L << 33) / (inputs * outputs), 256, SequenceLength);
        Tensor weight = ones([outputs, inputs], dtype: dtype, requires_grad: true);
        Tensor input = ones([tokens, inputs], dtype: dtype, requires_grad: true);
        Tensor gradient = ones([tokens, outputs], dtype: dtype);
        return 3 * 2.0 * tokens * inputs * outputs / Typical(() => nn.functional.linear(input, weight).backward([gradient]));
    }

    private static double Attention(ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        PackLayout layout = PackLayout.FromLengths(SequenceLength);
        Tensor[] inputs = [.. Enumerable.Range(0, 3).Select(_ => ones([SequenceLength, Heads, HeadDim], dtype: dtype, requires_grad: true))];
        Tensor gradient = ones([SequenceLength, Heads, HeadDim], dtype: dtype);
        return 3.5 * 2 * SequenceLength * (double)SequenceLength * Heads * HeadDim / Typical(() => BlockDiagonalAttention.Forward(inputs[0], inputs[1], inputs[2], layout).backward([gradient]));
    }

    private static double Element(ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor a, Tensor b) = (ones(Elements, dtype: dtype), ones(Elements, dtype: dtype));
        return 3.0 * Elements * a.element_size() / Typical(() => a.add(b));
    }

    private static double Typical(Action work)
    {
        double[] seconds = new double[Runs];
        for (int i = -1; i < Runs; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            long start = Stopwatch.GetTimestamp();
            work();
            seconds[Math.Max(i, 0)] = Stopwatch.GetElapsedTime(start).TotalSeconds; // the first is for warming up
        }

        Array.Sort(seconds);
        return seconds[Runs / 2];
    }
}
