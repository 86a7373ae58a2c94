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
    private const int Shorter = 17; // tokens that a run has fewer than the one before it
    private const int Runs = 6;

    /// <summary>Measures a linear map and attention of a sequence of 4,096 tokens, forward and backward, and sums of large tensors.</summary>
    /// <param name="memoryBytes">The machine's memory; by default what the runtime says, which is that of the container.</param>
    /// <param name="precision">Decides the dtype that is measured.</param>
    /// <param name="model">Decides the widths of the linear map: narrow ones have a lower rate. 2,048 by 2,048 unless given.</param>
    /// <returns>The device <c>cpu</c>, with the best of six rates each.</returns>
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
    private static double Linear(ScalarType dtype, long inputs, long outputs) => BestRate(run =>
    {
        long tokens = Math.Clamp((1L << 33) / (inputs * outputs), 256, SequenceLength) - (Shorter * run);
        Tensor weight = ones([outputs, inputs], dtype: dtype, requires_grad: true);
        Tensor input = ones([tokens, inputs], dtype: dtype, requires_grad: true);
        Tensor gradient = ones([tokens, outputs], dtype: dtype);
        return (3 * 2.0 * tokens * inputs * outputs, () => nn.functional.linear(input, weight).backward([gradient]));
    });

    private static double Attention(ScalarType dtype) => BestRate(run =>
    {
        int tokens = SequenceLength - (Shorter * run);
        PackLayout layout = PackLayout.FromLengths(tokens);
        Tensor[] inputs = [.. Enumerable.Range(0, 3).Select(_ => ones([tokens, Heads, HeadDim], dtype: dtype, requires_grad: true))];
        Tensor gradient = ones([tokens, Heads, HeadDim], dtype: dtype);
        return (3.5 * 2 * tokens * (double)tokens * Heads * HeadDim, () => BlockDiagonalAttention.Forward(inputs[0], inputs[1], inputs[2], layout).backward([gradient]));
    });

    private static double Element(ScalarType dtype) => BestRate(run =>
    {
        long count = Elements - (Shorter * run);
        (Tensor a, Tensor b) = (ones(count, dtype: dtype), ones(count, dtype: dtype));
        return (3.0 * count * a.element_size(), () => a.add(b));
    });

    /// <summary>The fastest run: what else the machine does makes the others slower. Each has a little less to do, so that not all of them lie at the same addresses.</summary>
    private static double BestRate(Func<int, (double Work, Action Run)> make)
    {
        double best = 0;
        for (int run = 0; run < Runs; run++)
        {
            using DisposeScope scope = NewDisposeScope();
            (double work, Action once) = make(run);
            long start = Stopwatch.GetTimestamp();
            once();
            best = Math.Max(best, work / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
