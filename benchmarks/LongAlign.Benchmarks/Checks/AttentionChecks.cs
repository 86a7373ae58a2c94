using LongAlign.Attention;
using LongAlign.Collation;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Benchmarks.Checks;

/// <summary>Block-diagonal attention: exactness, speed against its sequences alone and against a dense mask, and memory.</summary>
internal static class AttentionChecks
{
    public static IEnumerable<Figure> Run()
    {
        yield return Error(ScalarType.Float32, 1e-5);
        yield return Error(ScalarType.BFloat16, 2e-2);

        (double at4, double at8) = (BytesPerToken(4_096), BytesPerToken(8_192));
        yield return new Figure("attention of one sequence, 2 heads of 64, float32: peak extra memory at 4,096 tokens", at4 / 1024, "KiB a token");
        yield return new Figure("attention of one sequence, 2 heads of 64, float32: peak extra memory at 8,192 tokens", at8 / 1024, "KiB a token");
        yield return new Figure("attention, peak extra memory a token, 8,192 against 4,096 tokens", at8 / at4, "x", AtMost: 1.15);

        FreedMemory.Keep();
        foreach (ScalarType dtype in new[] { ScalarType.Float32, ScalarType.BFloat16 })
        {
            yield return PackAgainstAlone(PackLayout.FromLengths(2_048), dtype);
            yield return PackAgainstAlone(Workloads.LongTailedPack, dtype);
            yield return PackAgainstAlone(Workloads.ManyShort(), dtype);
        }

        using (AttentionWork work = new(Workloads.LongPack, heads: 1, headDim: 64, ScalarType.Float32))
        {
            (double dense, double ours) = Stopwatches.Best(work.DenseMask, work.Pack, runs: 2);
            yield return new Figure("attention of 16,384 tokens in 12 sequences, forward and backward, speed against a dense mask", dense / ours, "x", AtLeast: 8);
        }

        FreedMemory.Release();
    }

    /// <summary>The largest difference of output and gradients from float64, relative to their largest number where that is above 1.</summary>
    private static Figure Error(ScalarType dtype, double atMost)
    {
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(42);
        PackLayout layout = PackLayout.FromLengths(700, 33, 1, 256, 190, 12, 12, 320);
        Tensor[] inputs = [.. new[] { 8, 2, 2 }.Select(heads => randn(layout.TokenCount, heads, 64).to(dtype).requires_grad_(true))];
        Tensor[] wide = [.. inputs.Select(input => input.detach().to(ScalarType.Float64).requires_grad_(true))];
        Tensor gradient = randn(layout.TokenCount, 8, 64).to(dtype);
        Tensor output = BlockDiagonalAttention.Forward(inputs[0], inputs[1], inputs[2], layout);
        Tensor expected = InFloat64(wide[0], wide[1], wide[2], layout);
        output.backward([gradient]);
        expected.backward([gradient.to(ScalarType.Float64)]);
        double error = new[] { (output, expected) }.Concat(inputs.Zip(wide, (ours, theirs) => (ours.grad!, theirs.grad!)))
            .Max(pair => (pair.Item1 - pair.Item2).abs().max().ToDouble() / Math.Max(1, pair.Item2.abs().max().ToDouble()));
        return new Figure($"attention in {dtype}, output and gradients against float64", 1e6 * error, "millionths off", AtMost: 1e6 * atMost);
    }

    private static Tensor InFloat64(Tensor query, Tensor key, Tensor value, PackLayout layout)
    {
        long groups = query.shape[1] / key.shape[1];
        Tensor q = query.transpose(0, 1);
        Tensor k = key.repeat_interleave(groups, 1).transpose(0, 1);
        Tensor v = value.repeat_interleave(groups, 1).transpose(0, 1);
        Tensor scores = q.matmul(k.transpose(1, 2)) / Math.Sqrt(query.shape[2]);
        Tensor forbidden = BlockDiagonalMask.Create(layout).logical_not();
        return scores.masked_fill(forbidden, double.NegativeInfinity).softmax(-1).matmul(v).transpose(0, 1);
    }

    private static Figure PackAgainstAlone(PackLayout layout, ScalarType dtype)
    {
        using AttentionWork work = new(layout, heads: 8, headDim: 64, dtype);
        (double pack, double alone) = Stopwatches.Best(work.Pack, work.EachAlone, runs: 3);
        return new Figure($"attention in {dtype} of a pack of {layout.SequenceCount}, forward and backward, time against its sequences alone", pack / alone, "x", AtMost: 1.15);
    }

    private static double BytesPerToken(int tokens)
    {
        using AttentionWork work = new(PackLayout.FromLengths(tokens), heads: 2, headDim: 64, ScalarType.Float32);
        using AttentionWork next = new(PackLayout.FromLengths(1), heads: 2, headDim: 64, ScalarType.Float32);

        // Attention holds the gradients of its last backward pass until its next call: without one they would count as there before.
        return PeakMemory.Measure(() =>
        {
            work.Pack();
            next.Pack();
        }) / tokens;
    }
}
