using System.Diagnostics;
using LongAlign.Attention;
using LongAlign.Benchmarks.Checks;
using LongAlign.Collation;
using TorchSharp;
using static TorchSharp.torch;

namespace GpuCheck;

/// <summary>Every backend that can run: output and gradients against float64, and time against the fastest.</summary>
internal static class AttentionCheck
{
    private static readonly AttentionBackend[] Backends =
        [AttentionBackend.FlashVarlen, AttentionBackend.EfficientVarlen, AttentionBackend.PerSequence, AttentionBackend.DenseMask];

    private static readonly AttentionOptions[] Variants =
        [new(), new() { Causal = false }, new() { Window = 50, Scale = 0.1 }, new() { Window = 20, Causal = false }];

    public static IEnumerable<Figure> Run(CheckSizes sizes)
    {
        foreach (ScalarType dtype in new[] { ScalarType.BFloat16, ScalarType.Float32 })
        {
            AttentionBackend chosen = BlockDiagonalAttention.ChooseBackend(sizes.Device, dtype, sizes.HeadDim);
            AttentionBackend expected = !sizes.IsGpu ? AttentionBackend.PerSequence
                : dtype == ScalarType.BFloat16 ? AttentionBackend.FlashVarlen : AttentionBackend.EfficientVarlen;
            yield return new Figure($"attention, {dtype}: {chosen} is chosen, {expected} expected", chosen == expected ? 1 : 0, "", AtLeast: 1);
            foreach (AttentionOptions options in Variants)
            {
                foreach (AttentionBackend backend in Backends.Where(backend => CanRun(sizes, dtype, options with { Backend = backend })))
                {
                    yield return Error(sizes, dtype, options with { Backend = backend });
                }
            }
        }

        foreach (Figure figure in Speed(sizes))
        {
            yield return figure;
        }
    }

    private static bool CanRun(CheckSizes sizes, ScalarType dtype, AttentionOptions options)
    {
        try
        {
            BlockDiagonalAttention.ChooseBackend(sizes.Device, dtype, sizes.HeadDim, options);
            return true;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>The largest difference of output and gradients, relative to their largest number where that is above 1.</summary>
    private static Figure Error(CheckSizes sizes, ScalarType dtype, AttentionOptions options)
    {
        using DisposeScope scope = NewDisposeScope();
        PackLayout layout = new(sizes.Correctness.CuSeqLens, sizes.Correctness.TokenCount + 5);
        Tensor[] inputs = Inputs(sizes, layout, dtype);
        Tensor[] wide = [.. inputs.Select(input => input.detach().to(ScalarType.Float64).requires_grad_(true))];
        Tensor gradient = randn_like(inputs[0], requires_grad: false);
        Tensor output = BlockDiagonalAttention.Forward(inputs[0], inputs[1], inputs[2], layout, options);
        Tensor expected = InFloat64(wide[0], wide[1], wide[2], layout, options);
        output.backward([gradient]);
        expected.backward([gradient.to(ScalarType.Float64)]);
        double error = new[] { (output, expected) }.Concat(inputs.Zip(wide, (ours, theirs) => (ours.grad!, theirs.grad!)))
            .Max(pair => (pair.Item1 - pair.Item2).abs().max().ToDouble() / Math.Max(1, pair.Item2.abs().max().ToDouble()));

        // GPUs round the factors of float32 products to 10 bits where they may.
        double atMost = dtype == ScalarType.BFloat16 ? 2e-2 : sizes.IsGpu ? 5e-3 : 1e-5;
        string variant = $"{(options.Causal ? "causal" : "not causal")}{(options.Window is { } window ? $", window {window}" : "")}";
        return new Figure($"attention, {dtype}, {options.Backend}, {variant}: output and gradients against float64", 1e6 * error, "millionths off", AtMost: 1e6 * atMost);
    }

    private static Tensor InFloat64(Tensor query, Tensor key, Tensor value, PackLayout layout, AttentionOptions options)
    {
        long groups = query.shape[1] / key.shape[1];
        Tensor q = query.transpose(0, 1);
        Tensor k = key.repeat_interleave(groups, 1).transpose(0, 1);
        Tensor v = value.repeat_interleave(groups, 1).transpose(0, 1);
        Tensor allowed = BlockDiagonalMask.Create(layout, ScalarType.Bool, options.Causal).to(query.device);
        if (options.Window is { } window)
        {
            allowed = allowed.triu(1 - window).tril(window - 1);
        }

        Tensor scores = q.matmul(k.transpose(1, 2)) * (options.Scale ?? (1 / Math.Sqrt(query.shape[2])));
        Tensor output = scores.masked_fill(allowed.logical_not(), double.NegativeInfinity).softmax(-1).matmul(v).transpose(0, 1);
        return output * (arange(layout.TokenCount, device: query.device) < layout.CuSeqLens[^1]).view(-1, 1, 1);
    }

    private static IEnumerable<Figure> Speed(CheckSizes sizes)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] inputs = Inputs(sizes, sizes.Speed, ScalarType.BFloat16);
        Tensor gradient = randn_like(inputs[0], requires_grad: false);
        string pack = $"attention of {sizes.Speed.TokenCount:N0} tokens in {sizes.Speed.SequenceCount} sequences, BFloat16, forward and backward";
        AttentionBackend chosen = BlockDiagonalAttention.ChooseBackend(sizes.Device, ScalarType.BFloat16, sizes.HeadDim);
        double ours = Milliseconds(chosen);
        double each = Milliseconds(AttentionBackend.PerSequence);
        double dense = Milliseconds(AttentionBackend.DenseMask);
        yield return new Figure($"{pack}, {chosen}", ours, "ms");
        yield return new Figure($"{pack}, speed against one call a sequence", each / ours, "x", AtLeast: sizes.IsGpu ? 1 : null);
        yield return new Figure($"{pack}, speed against a dense mask and its making", dense / ours, "x", AtLeast: sizes.IsGpu ? 8 : null);

        double Milliseconds(AttentionBackend backend)
        {
            double best = double.MaxValue;
            for (int run = 0; run < 6; run++)
            {
                using DisposeScope step = NewDisposeScope();
                sizes.Synchronize();
                long start = Stopwatch.GetTimestamp();
                BlockDiagonalAttention.Forward(inputs[0], inputs[1], inputs[2], sizes.Speed, new AttentionOptions { Backend = backend }).backward([gradient]);
                sizes.Synchronize();
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            return best;
        }
    }

    private static Tensor[] Inputs(CheckSizes sizes, PackLayout layout, ScalarType dtype)
    {
        random.manual_seed(42);
        return [.. new[] { sizes.Heads, sizes.KeyValueHeads, sizes.KeyValueHeads }
            .Select(heads => randn(layout.TokenCount, heads, sizes.HeadDim).to(dtype).to(sizes.Device).requires_grad_(true))];
    }
}
