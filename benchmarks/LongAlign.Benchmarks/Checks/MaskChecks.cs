using static TorchSharp.torch;

namespace LongAlign.Benchmarks.Checks;

/// <summary>The dense mask against a fill of the same bytes.</summary>
internal static class MaskChecks
{
    public static IEnumerable<Figure> Run()
    {
        foreach (ScalarType dtype in new[] { ScalarType.Bool, ScalarType.Float32, ScalarType.BFloat16 })
        {
            foreach (int tokens in new[] { 8_192, 16_384 })
            {
                MaskBenchmarks mask = new() { Tokens = tokens, Dtype = dtype };
                mask.SetUp();
                (double fill, double written) = Stopwatches.Best(mask.Fill, mask.Causal, runs: 3);
                yield return new Figure($"{dtype} causal mask of {tokens:N0} tokens, speed against a fill", fill / written, "x", AtLeast: 0.5);
            }
        }
    }
}
