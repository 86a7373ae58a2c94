using CsCheck;
using LongAlign.Attention;
using LongAlign.Collation;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Attention;

public sealed class BlockDiagonalAttentionTests
{
    private static readonly Gen<(int[] Lengths, int Padding, int KvHeads, int Groups, int HeadDim, bool Causal, long Seed)> Cases =
        Gen.Select(Gen.Int[1, 9].Array[1, 8], Gen.Int[0, 4], Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 4].Select(n => 2 * n), Gen.Bool, Gen.Long);

    [Fact]
    public void Output_and_gradients_equal_the_textbook_over_a_dense_mask() => Cases.Sample(
        c =>
        {
            using DisposeScope scope = NewDisposeScope();
            PackLayout layout = Layout(c.Lengths, c.Padding);
            using Generator generator = new((ulong)c.Seed);
            Tensor[] inputs = Inputs(layout, c.KvHeads, c.Groups, c.HeadDim, generator);
            Tensor[] wide = [.. inputs.Select(t => t.detach().to(ScalarType.Float64).requires_grad_(true))];
            Tensor weight = randn(inputs[0].shape, generator: generator);

            Tensor output = BlockDiagonalAttention.Forward(inputs[0], inputs[1], inputs[2], layout, c.Causal);
            Tensor expected = PlainAttention.Forward(wide[0], wide[1], wide[2], layout, c.Causal, 1 / Math.Sqrt(c.HeadDim));
            (output * weight).sum().backward();
            (expected * weight).sum().backward();
            return Close(output, expected, 1e-5) && inputs.Zip(wide).All(pair => Close(pair.First.grad!, pair.Second.grad!, 1e-4));
        },
        iter: 100,
        threads: 1);

    [Fact]
    public void Every_sequence_attends_as_if_it_were_alone() => Cases.Sample(
        c =>
        {
            using DisposeScope scope = NewDisposeScope();
            PackLayout layout = Layout(c.Lengths, c.Padding);
            using Generator generator = new((ulong)c.Seed);
            Tensor[] inputs = Inputs(layout, c.KvHeads, c.Groups, c.HeadDim, generator);
            Tensor output = BlockDiagonalAttention.Forward(inputs[0], inputs[1], inputs[2], layout, c.Causal);
            return Enumerable.Range(0, c.Lengths.Length).All(i =>
            {
                Tensor[] alone = [.. inputs.Select(t => t.narrow(0, layout.CuSeqLens[i], c.Lengths[i]))];
                Tensor expected = BlockDiagonalAttention.Forward(alone[0], alone[1], alone[2], PackLayout.FromLengths(c.Lengths[i]), c.Causal);
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

    [Fact]
    public void Bfloat16_is_within_its_precision()
    {
        using DisposeScope scope = NewDisposeScope();
        PackLayout layout = PackLayout.FromLengths(17, 40, 3);
        Tensor[] inputs = Inputs(layout, 2, 2, 16, new Generator(1));
        Tensor[] narrow = [.. inputs.Select(t => t.detach().to(ScalarType.BFloat16))];
        Tensor output = BlockDiagonalAttention.Forward(narrow[0], narrow[1], narrow[2], layout);
        Assert.Equal(ScalarType.BFloat16, output.dtype);
        Assert.True(Close(output.to(ScalarType.Float32), PlainAttention.Forward(narrow[0], narrow[1], narrow[2], layout, true, 0.25), 2e-2));
    }

    [Fact]
    public void A_scale_replaces_the_usual_one()
    {
        using DisposeScope scope = NewDisposeScope();
        PackLayout layout = PackLayout.FromLengths(7, 7, 2);
        Tensor[] inputs = Inputs(layout, 1, 2, 8, new Generator(1));
        Tensor output = BlockDiagonalAttention.Forward(inputs[0], inputs[1], inputs[2], layout, scale: 0.7);
        Assert.True(Close(output, PlainAttention.Forward(inputs[0], inputs[1], inputs[2], layout, true, 0.7), 1e-5));
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

        void AssertRefused(Tensor query, Tensor key, Tensor value, string expected)
            => Assert.Contains(expected, Assert.Throws<ArgumentException>(() => BlockDiagonalAttention.Forward(query, key, value, layout)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_thousand_calls_leave_no_tensor_behind()
    {
        PackLayout layout = Layout([3, 1, 1, 2], 1);
        using DisposeScope outer = NewDisposeScope();
        Tensor[] inputs = Inputs(layout, 1, 2, 4, new Generator(1));
        Run();
        long live = Tensor.TotalCount;
        for (int i = 0; i < 1_000; i++)
        {
            Run();
        }

        Assert.True(Tensor.TotalCount <= live, $"{live} tensors before, {Tensor.TotalCount} after.");

        void Run()
        {
            using DisposeScope scope = NewDisposeScope();
            BlockDiagonalAttention.Forward(inputs[0], inputs[1], inputs[2], layout).sum().backward();
        }
    }

    private static PackLayout Layout(int[] lengths, int padding)
    {
        PackLayout packed = PackLayout.FromLengths(lengths);
        return new PackLayout(packed.CuSeqLens, packed.TokenCount + padding);
    }

    private static Tensor[] Inputs(PackLayout layout, int kvHeads, int groups, int headDim, Generator generator)
        => [.. new[] { kvHeads * groups, kvHeads, kvHeads }.Select(heads => randn(layout.TokenCount, heads, headDim, generator: generator).requires_grad_(true))];

    private static bool Close(Tensor actual, Tensor expected, double tolerance) => (actual - expected).abs().max().ToDouble() < tolerance;
}
