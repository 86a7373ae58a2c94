using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Benchmarks.Checks;

/// <summary>The optimizer step against the least memory traffic that it can have.</summary>
internal static class OptimizerChecks
{
    private const int MicroBatches = 512;
    private const double Gigabytes = (double)OptimizerBenchmarks.Tensors * OptimizerBenchmarks.Elements * OptimizerBenchmarks.BytesPerParameter / 1e9;

    public static IEnumerable<Figure> Run()
    {
        OptimizerBenchmarks wide = new();
        wide.SetUp();
        (double copy, double step) = Stopwatches.Best(wide.Copy, wide.Step, runs: 15);
        yield return new Figure("AdamW step of 50M parameters in 200 tensors, 28 bytes a parameter", Gigabytes / step, "GB/s");
        yield return new Figure("AdamW step of 50M parameters in 200 tensors, time against a copy of as many bytes", step / copy, "x", AtMost: 1.3);
        (copy, double clipped) = Stopwatches.Best(wide.Copy, () => wide.ClipAndStep(), runs: 15);
        yield return new Figure("AdamW step with clipping, time against the same copy", clipped / copy, "x", AtMost: 1.6);
        wide.CleanUp();

        OptimizerBenchmarks mixed = new() { Dtype = ScalarType.BFloat16 };
        mixed.SetUp();
        (copy, double narrow) = Stopwatches.Best(mixed.Copy, mixed.Step, runs: 15);
        yield return new Figure("AdamW step of bfloat16 parameters with float32 masters, time against the same copy", narrow / copy, "x");
        mixed.CleanUp();

        yield return new Figure($"norm of {MicroBatches} micro-batches' bfloat16 gradients, added up in bfloat16, against float64", NormOfSum(inFloat32: false), "x");
        yield return new Figure("the same, added up in float32: distance from 1", Math.Abs(NormOfSum(inFloat32: true) - 1), "", AtMost: 0.01);
    }

    /// <summary>The norm of a sum of gradients of one direction and some noise, over what it is in float64.</summary>
    private static double NormOfSum(bool inFloat32)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(42);
        using Parameter parameter = new(zeros(100_000, ScalarType.BFloat16));
        using GradientSums sums = new([parameter]);
        Tensor direction = randn(parameter.shape, generator: generator);
        Tensor exact = zeros(parameter.shape, ScalarType.Float64);
        for (int i = 0; i < MicroBatches; i++)
        {
            using DisposeScope inner = NewDisposeScope();
            Tensor gradient = (direction + randn(parameter.shape, generator: generator)).to(ScalarType.BFloat16);
            exact.add_(gradient);
            (parameter * gradient).sum().backward();
            if (inFloat32)
            {
                sums.Add();
            }
        }

        sums.WriteBack();
        return parameter.grad!.to(ScalarType.Float64).norm().ToDouble() / exact.norm().ToDouble();
    }
}
