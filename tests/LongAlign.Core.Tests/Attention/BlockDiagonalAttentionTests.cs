using CsCheck;
using LongAlign.Attention;
using LongAlign.Collation;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Attention;

public sealed class BlockDiagonalAttentionTests
{
    private static readonly Gen<(int[] Lengths, int Padding, int KvHeads, int Groups, int HeadDim, AttentionOptions Options, long Seed)> Cases =
        Gen.Select(
            Gen.Frequency((6, Gen.Int[1, 9].Array[1, 8]), (1, Gen.Int[200, 600].Array[1, 2])),
            Gen.Int[0, 4],
            Gen.Int[1, 3],
            Gen.Int[1, 3],
            Gen.Int[1, 4].Select(n => 2 * n),
            Gen.Select(Gen.Bool, Gen.Double[0.1, 2].Nullable(), Gen.OneOf(Gen.Int[1, 12], Gen.Int[1, 700]).Nullable(), Gen.Double[0.5, 5].Nullable())
                .Select((causal, scale, window, cap) => new AttentionOptions { Causal = causal, Scale = scale, Window = window, SoftCap = cap }),
            Gen.Long);

    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData(AttentionBackend.Automatic)]
    [InlineData(AttentionBackend.PerSequence)]
    [InlineData(AttentionBackend.DenseMask)]
    public void Output_and_gradients_equal_the_textbook_over_a_dense_mask(AttentionBackend backend) => Cases.Sample(
        c =>
        {
            using DisposeScope scope = NewDisposeScope();
            PackLayout layout = Layout(c.Lengths, c.Padding);
            using Generator generator = new((ulong)c.Seed);
            Tensor[] inputs = Inputs(layout, c.KvHeads, c.Groups, c.HeadDim, generator);
            AssertEqualsTextbook(inputs, layout, c.Options with { Backend = backend }, 1e-5, 1e-4, generator);
        },
        iter: 70,
        threads: 1);

    [Fact]
    public void One_sequence_after_another_which_a_GPU_may_fall_back_to_gives_the_same() => Cases.Sample(
        c =>
        {
            using DisposeScope scope = NewDisposeScope();
            PackLayout layout = Layout(c.Lengths, padding: 0);
            using Generator generator = new((ulong)c.Seed);
            Tensor[] inputs = Inputs(layout, c.KvHeads, c.Groups, c.HeadDim, generator);
            AssertEqualsTextbook(inputs, layout, c.Options, 1e-5, 1e-4, generator, MaskedAttention.ForwardEach);
        },
        iter: 70,
        threads: 1);

    [Fact]
    public void Tensors_on_two_devices_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor here = zeros(3, 1, 4);
        Tensor elsewhere = zeros(3, 1, 4, device: new Device(DeviceType.META));
        ArgumentException error = Assert.Throws<ArgumentException>(() => BlockDiagonalAttention.Forward(here, elsewhere, here, Layout([3], 0)));
        Assert.StartsWith("Expected one device; query is on cpu, key on meta", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_sequence_attends_as_if_it_were_alone() => Cases.Sample(
        c =>
        {
            using DisposeScope scope = NewDisposeScope();
            PackLayout layout = Layout(c.Lengths, c.Padding);
            using Generator generator = new((ulong)c.Seed);
            Tensor[] inputs = Inputs(layout, c.KvHeads, c.Groups, c.HeadDim, generator);
            Tensor output = BlockDiagonalAttention.Forward(inputs[0], inputs[1], inputs[2], layout, c.Options);
            return Enumerable.Range(0, c.Lengths.Length).All(i =>
            {
                Tensor[] alone = [.. inputs.Select(t => t.narrow(0, layout.CuSeqLens[i], c.Lengths[i]))];
                Tensor expected = BlockDiagonalAttention.Forward(alone[0], alone[1], alone[2], PackLayout.FromLengths(c.Lengths[i]), c.Options);
                return Close(output.narrow(0, layout.CuSeqLens[i], c.Lengths[i]), expected, 1e-5);
            });
        },
        iter: 50,
        threads: 1);

    [Fact]
    public void Padding_comes_out_as_zeros_and_gets_no_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        PackLayout layout = Layout([3, 2], 4);
        Tensor[] inputs = Inputs(layout, 2, 2, 4, new Generator(1));
        Tensor output = BlockDiagonalAttention.Forward(inputs[0], inputs[1], inputs[2], layout);
        output.sum().backward();
        Assert.Equal(0, output.narrow(0, 5, 4).abs().sum().ToDouble());
        Assert.All(inputs, input => Assert.Equal(0, input.grad!.narrow(0, 5, 4).abs().sum().ToDouble()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(9)]
    public void Bfloat16_is_within_its_precision(int? window)
    {
        using DisposeScope scope = NewDisposeScope();
        PackLayout layout = PackLayout.FromLengths(17, 40, 3, 300, 16);
        Tensor[] inputs = [.. Inputs(layout, 2, 2, 16, new Generator(1)).Select(t => t.detach().to(ScalarType.BFloat16).requires_grad_(true))];
        Assert.Equal(ScalarType.BFloat16, BlockDiagonalAttention.Forward(inputs[0], inputs[1], inputs[2], layout).dtype);
        AssertEqualsTextbook(inputs, layout, new AttentionOptions { Window = window }, 2e-2, 4e-2, new Generator(2));
    }

    [Theory]
    [InlineData(AttentionBackend.FlashVarlen, ScalarType.BFloat16)]
    [InlineData(AttentionBackend.EfficientVarlen, ScalarType.Float32)]
    [InlineData(AttentionBackend.PerSequence, ScalarType.BFloat16)]
    [InlineData(AttentionBackend.DenseMask, ScalarType.BFloat16)]
    public void A_gpu_gives_the_same(AttentionBackend backend, ScalarType dtype)
    {
        Assert.SkipUnless(cuda.is_available(), "There is no GPU.");
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(1);
        PackLayout layout = Layout([17, 40, 3, 300, 16], padding: 5);
        int?[] windows = backend == AttentionBackend.EfficientVarlen ? [null] : [null, 9];
        foreach (int? window in windows)
        {
            Tensor[] inputs = [.. Inputs(layout, 2, 2, 64, generator).Select(t => t.detach().to(dtype).to(CUDA).requires_grad_(true))];
            AssertEqualsTextbook(inputs, layout, new AttentionOptions { Backend = backend, Window = window }, 2e-2, 4e-2, generator);
        }
    }

    [Fact]
    public void Attention_can_be_computed_again_inside_a_backward_pass()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(1);
        PackLayout layout = Layout([5, 3], padding: 1);
        Tensor[] plain = Inputs(layout, 1, 1, 4, generator);
        Tensor again = plain[0].detach().requires_grad_(true);
        BlockDiagonalAttention.Forward(plain[0], plain[0], plain[0], layout).square().sum().backward();
        Recomputed.Run(again, layout).square().sum().backward();
        Assert.Equal(plain[0].grad!.data<float>().ToArray(), again.grad!.data<float>().ToArray());
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_pack_of_500_short_sequences_equals_the_textbook()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(1);
        PackLayout layout = Layout([.. Enumerable.Range(0, 500).Select(i => 1 + (i * 37 % 11))], padding: 7);
        AssertEqualsTextbook(Inputs(layout, 2, 2, 4, generator), layout, AttentionOptions.Default, 1e-5, 1e-4, generator);
    }

    [Fact]
    public void Heads_that_lie_apart_in_memory_are_read_in_order()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(1);
        PackLayout layout = PackLayout.FromLengths(5, 3);
        Tensor[] inputs = [.. Inputs(layout, 2, 2, 4, generator).Select(t => t.detach().transpose(0, 2).contiguous().transpose(0, 2).requires_grad_(true))];
        AssertEqualsTextbook(inputs, layout, AttentionOptions.Default, 1e-5, 1e-4, generator);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_named()
    {
        using DisposeScope scope = NewDisposeScope();
        PackLayout layout = PackLayout.FromLengths(3);
        Tensor q = zeros(3, 4, 8);
        AssertRefused(q, zeros(3, 3, 8), zeros(3, 3, 8), "heads a multiple of kv_heads");
        AssertRefused(q, zeros(3, 2, 8), zeros(3, 4, 8), "value [3, 4, 8]");
        AssertRefused(q, zeros(3, 2, 4), zeros(3, 2, 4), "key [3, 2, 4]");
        AssertRefused(zeros(4, 4, 8), zeros(4, 2, 8), zeros(4, 2, 8), "The layout has 3 tokens");
        AssertRefused(zeros(3, 8), zeros(3, 8), zeros(3, 8), "query [3, 8]");
        AssertRefused(q, q, zeros(3, 4, 8, ScalarType.BFloat16), "value BFloat16");
        AssertRefused(q.to(ScalarType.Int64), q.to(ScalarType.Int64), q.to(ScalarType.Int64), "query is Int64");

        void AssertRefused(Tensor query, Tensor key, Tensor value, string expected)
            => Assert.Contains(expected, Assert.Throws<ArgumentException>(() => BlockDiagonalAttention.Forward(query, key, value, layout)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_thousand_calls_leave_no_tensor_behind(bool inScopes)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers(); // of other tests' tensors; none may be collected between the two counts
        PackLayout layout = Layout([3, 1, 1, 2], 1);
        Tensor[] inputs = Inputs(layout, 1, 2, 4, new Generator(1));
        Run();
        long live = Tensor.TotalCount;
        for (int i = 0; i < 1_000; i++)
        {
            Run();
        }

        Assert.True(Tensor.TotalCount <= live, $"{live} tensors before, {Tensor.TotalCount} after.");
        GC.KeepAlive(inputs);

        void Run()
        {
            using DisposeScope? scope = inScopes ? NewDisposeScope() : null;
            using Tensor output = BlockDiagonalAttention.Forward(inputs[0], inputs[1], inputs[2], layout);
            using Tensor sum = output.sum();
            sum.backward();
        }
    }

    private static void AssertEqualsTextbook(
        Tensor[] inputs, PackLayout layout, AttentionOptions options, double tolerance, double gradientTolerance, Generator generator,
        Func<Tensor, Tensor, Tensor, PackLayout, AttentionOptions, Tensor>? attend = null)
    {
        Tensor[] wide = [.. inputs.Select(t => t.detach().to(ScalarType.Float64).requires_grad_(true))];
        Tensor weight = randn(inputs[0].shape, generator: generator).to(inputs[0].dtype).to(inputs[0].device);
        Tensor output = (attend ?? BlockDiagonalAttention.Forward)(inputs[0], inputs[1], inputs[2], layout, options);
        Tensor expected = PlainAttention.Forward(wide[0], wide[1], wide[2], layout, options);
        (output * weight).sum().backward();
        (expected * weight).sum().backward();
        AssertClose(output, expected, tolerance, "output");
        foreach ((string name, int i) in new[] { ("query", 0), ("key", 1), ("value", 2) })
        {
            AssertClose(inputs[i].grad!, wide[i].grad!, gradientTolerance * Math.Max(1, wide[i].grad!.abs().max().ToDouble()), "gradient of " + name);
        }
    }

    private static void AssertClose(Tensor actual, Tensor expected, double tolerance, string what)
    {
        double difference = (actual - expected).abs().max().ToDouble();
        Assert.True(difference < tolerance, $"{what} is {difference} off; {tolerance} is allowed.");
    }

    private static PackLayout Layout(int[] lengths, int padding)
    {
        PackLayout packed = PackLayout.FromLengths(lengths);
        return new PackLayout(packed.CuSeqLens, packed.TokenCount + padding);
    }

    private static Tensor[] Inputs(PackLayout layout, int kvHeads, int groups, int headDim, Generator generator)
        => [.. new[] { kvHeads * groups, kvHeads, kvHeads }.Select(heads => randn(layout.TokenCount, heads, headDim, generator: generator).requires_grad_(true))];

    private static bool Close(Tensor actual, Tensor expected, double tolerance) => (actual - expected).abs().max().ToDouble() < tolerance;

    /// <summary>What gradient checkpointing does: forward without a graph, and once more with one in the backward pass.</summary>
    private sealed class Recomputed : autograd.SingleTensorFunction<Recomputed>
    {
        public override string Name => nameof(Recomputed);

        public static Tensor Run(Tensor heads, PackLayout layout) => apply(heads, layout);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] inputs)
        {
            Tensor heads = (Tensor)inputs[0];
            PackLayout layout = (PackLayout)inputs[1];
            ctx.save_for_backward([heads]);
            ctx.save_data(nameof(layout), layout);
            return BlockDiagonalAttention.Forward(heads, heads, heads, layout);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor gradient)
        {
            using var withGraph = enable_grad();
            Tensor heads = ctx.get_saved_variables()[0].detach().requires_grad_(true);
            PackLayout layout = (PackLayout)ctx.get_data(nameof(layout));
            BlockDiagonalAttention.Forward(heads, heads, heads, layout).backward([gradient]);
            return [heads.grad!, null!];
        }
    }
}
