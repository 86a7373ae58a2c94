using CsCheck;
using LongAlign.Attention;
using LongAlign.Collation;
using LongAlign.Core.Tests.Distributed;
using LongAlign.Distributed;
using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Attention;

/// <summary>Ranks that share a pack attend as one process does that has all of it.</summary>
public sealed class SharedAttentionTests
{
    private static readonly Gen<(int[] Lengths, int Padding, int Ranks, int KvHeads, int Groups, AttentionOptions Options, long Seed)> Cases =
        Gen.Select(
            Gen.Int[1, 9].Array[1, 8],
            Gen.Int[0, 4],
            Gen.Int[2, 4],
            Gen.Int[1, 6],
            Gen.Int[1, 3],
            Gen.Select(Gen.Bool, Gen.Int[1, 12].Nullable(), Gen.Double[0.5, 5].Nullable())
                .Select((causal, window, cap) => new AttentionOptions { Causal = causal, Window = window, SoftCap = cap }),
            Gen.Long);

    [Fact]
    public void Outputs_and_gradients_are_those_of_one_process_for_any_heads_lengths_and_ranks() => Cases.Sample(
        c =>
        {
            using DisposeScope scope = NewDisposeScope();
            using Generator generator = new((ulong)c.Seed);
            PackLayout packed = PackLayout.FromLengths(c.Lengths);
            PackLayout layout = new(packed.CuSeqLens, packed.TokenCount + c.Padding);
            long heads = c.KvHeads * c.Groups * c.Ranks / Gcd(c.KvHeads * c.Groups, c.Ranks); // the least multiple of both
            Tensor[] inputs = [.. new long[] { heads, c.KvHeads, c.KvHeads }.Select(count => randn(layout.TokenCount, count, 4, generator: generator).requires_grad_(true))];
            Tensor weight = randn(layout.TokenCount, heads, 4, generator: generator);
            Tensor output = BlockDiagonalAttention.Forward(inputs[0], inputs[1], inputs[2], layout, c.Options);
            (output * weight).sum().backward();

            float[][][] parts = ThreadProcessGroup.Results(c.Ranks, group => Attend(group, inputs, weight, layout, c.Options));
            Tensor[] expected = [output, .. inputs.Select(input => input.grad!)];
            for (int i = 0; i < expected.Length; i++)
            {
                float[] whole = [.. parts.SelectMany(part => part[i])];
                AssertNear(expected[i].detach().data<float>().ToArray(), whole);
            }
        },
        iter: 60,
        threads: 1);

    [Fact]
    public void Heads_that_cannot_be_dealt_out_are_refused()
    {
        (float[][]? _, Exception? Fault)[] outcomes = ThreadProcessGroup.Run(2, group =>
        {
            Tensor heads = zeros(4, 3, 4);
            return Attend(group, [heads, heads, heads], heads, PackLayout.FromLengths(4), AttentionOptions.Default);
        });
        Assert.All(outcomes, outcome => Assert.Contains("3 heads can't be dealt to the 2 ranks", Assert.IsType<ArgumentException>(outcome.Fault).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Tokens_of_the_whole_pack_do_not_go_with_the_layout_of_a_part()
    {
        using DisposeScope scope = NewDisposeScope();
        PackLayout layout = PackLayout.FromLengths(4).Share(0, 2, new PackSharing(SingleProcessGroup.Instance, 1, new RankVote(SingleProcessGroup.Instance)));
        Tensor heads = zeros(4, 2, 4);
        Assert.Contains("The layout has 2 tokens on this rank", Assert.Throws<ArgumentException>(() => BlockDiagonalAttention.Forward(heads, heads, heads, layout)).Message, StringComparison.Ordinal);
        Assert.Contains("a mask can't be made for a part", Assert.Throws<ArgumentException>(() => BlockDiagonalMask.Create(layout)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_calls_leave_no_tensor_behind()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers(); // of other tests' tensors; none may be collected between the two counts
        long[] more = ThreadProcessGroup.Results(2, group =>
        {
            PackSharing sharing = new(group, 2, new RankVote(group));
            PackLayout layout = PackLayout.FromLengths(3, 1, 1, 2).Share(group.Rank, 2, sharing);
            using Tensor query = randn(layout.Part!.TokenCount, 2, 4).requires_grad_(true);
            using Tensor key = randn(layout.Part.TokenCount, 1, 4).requires_grad_(true);
            Run();
            group.Barrier();
            long live = Tensor.TotalCount;
            group.Barrier();
            for (int i = 0; i < 50; i++)
            {
                Run();
            }

            group.Barrier();
            long now = Tensor.TotalCount;
            group.Barrier();
            return now - live;

            void Run()
            {
                using DisposeScope scope = NewDisposeScope();
                BlockDiagonalAttention.Forward(query, key, key, layout).sum().backward();
            }
        });
        Assert.All(more, count => Assert.True(count <= 0, $"{count} tensors more."));
    }

    /// <summary>Output and gradients of query, key and value, of the tokens of this rank; padding that sharing adds is left out.</summary>
    private static float[][] Attend(IProcessGroup group, Tensor[] inputs, Tensor weight, PackLayout layout, AttentionOptions options)
    {
        using DisposeScope scope = NewDisposeScope();
        PackSharing sharing = new(group, group.WorldSize, new RankVote(group));
        PackLayout shared = layout.Share(group.Rank, group.WorldSize, sharing);
        Tensor[] own = [.. inputs.Select(input => Part(input).requires_grad_(true))];
        Tensor output = BlockDiagonalAttention.Forward(own[0], own[1], own[2], shared, options);
        (output * Part(weight)).sum().backward();
        BackwardPass.ThrowIfFailed();
        long real = Math.Clamp(layout.TokenCount - shared.Part!.Start, 0, shared.Part.TokenCount);
        return [.. own.Select(input => input.grad!).Prepend(output).Select(tensor => tensor.detach().narrow(0, 0, real).reshape(-1).data<float>().ToArray())];

        Tensor Part(Tensor whole) => nn.functional.pad(whole.detach(), [0, 0, 0, 0, 0, shared.TokenCount - layout.TokenCount])
            .narrow(0, shared.Part!.Start, shared.Part.TokenCount).clone();
    }

    private static void AssertNear(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        float scale = Math.Max(1, expected.Max(Math.Abs));
        Assert.All(expected.Zip(actual), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 2e-6f * scale, $"{pair.Second}; expected {pair.First}."));
    }

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);
}
