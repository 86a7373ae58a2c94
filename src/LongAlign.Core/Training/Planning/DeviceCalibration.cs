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
    private const double ReachedInAStep = 0.88; // of the best rates; `check plan` (docs/performance.md): shapes differ, and memory is cold
    private const int Shorter = 17; // tokens that a run has fewer than the one before it
    private const int Runs = 6;

    /// <summary>Measures linear maps and attention of a sequence of 4,096 tokens, forward and backward, and sums of large tensors.</summary>
    /// <param name="memoryBytes">The machine's memory; by default what the runtime says, which is that of the container.</param>
    /// <param name="precision">Decides the dtype that is measured.</param>
    /// <param name="model">Decides the linear maps, those of a layer: narrow ones have a lower rate. One of 2,048 by 2,048 unless given.</param>
    /// <returns>The device <c>cpu</c>, with 88 % of the best of six rates each: so much of them do steps reach.</returns>
    /// <exception cref="TorchUnavailableException">libtorch can't be loaded; the message says why.</exception>
    public static ComputeDevice MeasureCpu(long? memoryBytes = null, TrainingPrecision precision = TrainingPrecision.Full, DecoderDimensions? model = null)
    {
        TorchRuntime.EnsureAvailable();
        ScalarType dtype = precision == TrainingPrecision.Full ? ScalarType.Float32 : ScalarType.BFloat16;
        return new ComputeDevice
        {
            Name = "cpu",
            MemoryBytes = memoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            LinearFlopsPerSecond = Linear(dtype, MapsOf(model)),
            AttentionFlopsPerSecond = Attention(dtype),
            ElementBytesPerSecond = Element(dtype),
            IsGpu = false,
        };
    }

    private static (long Inputs, long Outputs)[] MapsOf(DecoderDimensions? model) => model is null ? [(Width, Width)] :
    [
        (model.HiddenSize, model.QueryWidth), (model.HiddenSize, model.KeyWidth), (model.HiddenSize, model.KeyWidth), (model.QueryWidth, model.HiddenSize),
        .. Enumerable.Repeat(((long)model.HiddenSize, (long)model.IntermediateSize), model.IsGated ? 2 : 1), (model.IntermediateSize, model.HiddenSize),
    ];

    /// <summary>Three products of each map: the output, the gradient of the input, that of the weights.</summary>
    private static double Linear(ScalarType dtype, (long Inputs, long Outputs)[] maps) => BestRate(run =>
    {
        long weights = maps.Sum(map => map.Inputs * map.Outputs);
        long tokens = Math.Clamp((1L << 33) / weights, 256, SequenceLength) - (Shorter * run);
        (Tensor Input, Tensor Weight, Tensor Gradient)[] tensors =
        [
            .. maps.Select(map => (
                ones([tokens, map.Inputs], dtype: dtype, requires_grad: true),
                ones([map.Outputs, map.Inputs], dtype: dtype, requires_grad: true),
                ones([tokens, map.Outputs], dtype: dtype))),
        ];
        return (3 * 2.0 * tokens * weights, () => Array.ForEach(tensors, map => nn.functional.linear(map.Input, map.Weight).backward([map.Gradient])));
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

        return ReachedInAStep * best;
    }
}
