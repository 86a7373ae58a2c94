using static TorchSharp.torch;

namespace LongAlign.Benchmarks.Checks;

/// <summary>The optimizer step against the least memory traffic that it can have.</summary>
internal static class OptimizerChecks
{
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
    }
}
