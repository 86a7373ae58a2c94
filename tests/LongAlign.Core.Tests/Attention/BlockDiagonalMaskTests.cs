using CsCheck;
using LongAlign.Attention;
using LongAlign.Collation;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Attention;

public sealed class BlockDiagonalMaskTests
{
    [Fact]
    public void The_mask_is_the_one_drawn_in_the_documentation()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor mask = BlockDiagonalMask.Create(new PackLayout([0, 3, 5], tokenCount: 6));
        Assert.Equal(
            """
            1 0 0 0 0 0
            1 1 0 0 0 0
            1 1 1 0 0 0
            0 0 0 1 0 0
            0 0 0 1 1 0
            0 0 0 0 0 1
            """.ReplaceLineEndings("\n"),
            string.Join('\n', Enumerable.Range(0, 6).Select(row => string.Join(' ', mask[row].data<bool>().Select(allowed => allowed ? 1 : 0)))));
    }

    [Fact]
    public void A_token_may_attend_where_the_definition_says() => Gen.Select(Gen.Int[1, 7].Array[1, 6], Gen.Int[0, 3], Gen.Bool).Sample(
        (lengths, padding, causal) =>
        {
            using DisposeScope scope = NewDisposeScope();
            PackLayout packed = PackLayout.FromLengths(lengths);
            PackLayout layout = new(packed.CuSeqLens, packed.TokenCount + padding);
            int[] sequenceOf = [.. lengths.SelectMany((length, i) => Enumerable.Repeat(i, length)), .. Enumerable.Range(lengths.Length, padding)];
            bool[] mask = BlockDiagonalMask.Create(layout, causal: causal).data<bool>().ToArray();
            int tokens = layout.TokenCount;
            for (int i = 0; i < tokens; i++)
            {
                for (int j = 0; j < tokens; j++)
                {
                    Assert.Equal(sequenceOf[i] == sequenceOf[j] && (!causal || j <= i), mask[(i * tokens) + j]);
                }
            }
        },
        iter: 100,
        threads: 1);

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Additive_masks_are_zero_where_a_token_may_attend_and_minus_infinity_elsewhere(ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        PackLayout layout = new([0, 3, 4, 9], tokenCount: 11);
        Tensor additive = BlockDiagonalMask.Create(layout, dtype);
        Assert.Equal(dtype, additive.dtype);
        bool[] allowed = BlockDiagonalMask.Create(layout).data<bool>().ToArray();
        float[] expected = Array.ConvertAll(allowed, may => may ? 0 : float.NegativeInfinity);
        Assert.Equal(expected, additive.to(ScalarType.Float32).data<float>().ToArray());
    }

    [Fact]
    public void Other_dtypes_are_refused()
        => Assert.Contains("Int64", Assert.Throws<ArgumentException>(() => BlockDiagonalMask.Create(PackLayout.FromLengths(2), ScalarType.Int64)).Message, StringComparison.Ordinal);
}
