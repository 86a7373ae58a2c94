using CsCheck;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Losses;

/// <summary>Projection and loss in one are projection, then loss.</summary>
public sealed class FusedLinearCrossEntropyTests
{
    // A gradient is p - 1 times a weight: near 1, p is rounded to 6e-8, and weights go up to 4, a few of which are summed.
    private const double SmallestGradient = 5e-2;

    private static readonly Gen<Case> Cases =
        from tokens in Gen.Int[1, 20]
        from width in Gen.Int[1, 9]
        from vocabulary in Gen.Int[2, 15]
        from chunk in Gen.Int[1, 25]
        from targetsOfTen in Gen.OneOf(Gen.Const(0), Gen.Const(1), Gen.Const(5), Gen.Const(10))
        from seed in Gen.Int
        select new Case(tokens, width, vocabulary, chunk, targetsOfTen, seed);

    [Fact]
    public void Loss_and_gradients_are_those_of_all_logits() => Cases.Sample(
        c =>
        {
            using DisposeScope scope = NewDisposeScope();
            Inputs inputs = c.Make();
            Compare(inputs, c.ChunkSize, lossTolerance: 1e-6, gradientTolerance: 1e-5);
        },
        iter: 300,
        threads: 1);

    [Fact]
    public void In_bfloat16_they_are_close() => Cases.Sample(
        c =>
        {
            using DisposeScope scope = NewDisposeScope();
            Inputs inputs = c.Make(ScalarType.BFloat16);
            (double expected, Tensor hidden, Tensor weight) = inputs.Run(inputs.Plain);
            (double actual, Tensor fusedHidden, Tensor fusedWeight) = inputs.Run((h, w) => FusedLinearCrossEntropy.Forward(h, w, inputs.Labels, inputs.TokenWeights, c.ChunkSize));
            (Tensor hiddenSummands, Tensor weightSummands) = inputs.Summands();
            Assert.Equal(expected, actual, 1e-5 * Math.Max(1, Math.Abs(expected)));
            AssertClose(hidden, fusedHidden, hiddenSummands);
            AssertClose(weight, fusedWeight, weightSummands);

            // A step of bfloat16 is 1/128: each side rounds each summand, and their sum, and summands may cancel.
            static void AssertClose(Tensor plain, Tensor fused, Tensor summands)
            {
                Assert.Equal(plain.dtype, fused.dtype);
                Tensor allowed = (summands * 0.02) + 1e-6;
                Tensor difference = (plain - fused).abs().to(ScalarType.Float64);
                Assert.True(difference.le(allowed).all().ToBoolean(), $"Differs by {(difference / allowed).max().ToDouble()} of what rounding may do.");
            }
        },
        iter: 200,
        threads: 1);

    [Fact]
    public void A_factor_of_the_loss_is_one_of_its_gradients() => Cases.Sample(
        c =>
        {
            using DisposeScope scope = NewDisposeScope();
            Inputs inputs = c.Make();
            (_, Tensor hidden, Tensor weight) = inputs.Run((h, w) => FusedLinearCrossEntropy.Forward(h, w, inputs.Labels, inputs.TokenWeights, c.ChunkSize));
            (_, Tensor tripledHidden, Tensor tripledWeight) = inputs.Run((h, w) => -3 * FusedLinearCrossEntropy.Forward(h, w, inputs.Labels, inputs.TokenWeights, c.ChunkSize));
            Assert.True((hidden * -3).allclose(tripledHidden, 1e-5, 1e-7));
            Assert.True((weight * -3).allclose(tripledWeight, 1e-5, 1e-7));
        },
        iter: 100,
        threads: 1);

    [Fact]
    public void A_tied_weight_gets_the_gradients_of_both_its_uses() => Cases.Sample(
        c =>
        {
            using DisposeScope scope = NewDisposeScope();
            Inputs inputs = c.Make();
            Tensor ids = inputs.Labels.clamp(min: 0);
            Tensor Embed(Tensor weight) => weight.index_select(0, ids).tanh();
            (_, _, Tensor expected) = inputs.Run((_, w) => inputs.Plain(Embed(w), w));
            (_, _, Tensor actual) = inputs.Run((_, w) => FusedLinearCrossEntropy.Forward(Embed(w), w, inputs.Labels, inputs.TokenWeights, c.ChunkSize));
            Assert.True(Difference(expected, actual) < 1e-5, $"{Difference(expected, actual)} of {expected.abs().max().ToDouble()}.");
        },
        iter: 100,
        threads: 1);

    [Fact]
    public void The_packing_loss_takes_hidden_states_for_logits_with_every_reduction() => Gen.Select(Any.Dataset(), Gen.Enum<LossReduction>(), Gen.Int).Sample(
        (dataset, reduction, seed) =>
        {
            using DisposeScope scope = NewDisposeScope();
            using PackedBatch batch = new PackedBatchCollator(dataset).Collate(new MicroBatch(Enumerable.Range(0, dataset.Count).ToArray(), LengthLimit.None));
            using WeightedPackingLoss loss = new(reduction);
            Inputs inputs = new Case(batch.TokenCount, 6, 50, 1, 10, seed).Make();
            (double expected, Tensor hidden, Tensor weight) = inputs.Run((h, w) => loss.forward(nn.functional.linear(h, w), batch));
            (double actual, Tensor fusedHidden, Tensor fusedWeight) = inputs.Run((h, w) => loss.forward(h, w, batch));
            Assert.Equal(expected, actual, 1e-6 * Math.Max(1, expected));
            Assert.True(Difference(hidden, fusedHidden) < 1e-5);
            Assert.True(Difference(weight, fusedWeight) < 1e-5);
        },
        iter: 100,
        threads: 1);

    [Fact]
    public void A_frozen_weight_gets_no_gradient_and_hidden_states_theirs()
    {
        using DisposeScope scope = NewDisposeScope();
        Inputs inputs = new Case(9, 4, 7, 4, 5, 1).Make();
        (_, Tensor expected, _) = inputs.Run(inputs.Plain);
        Tensor hidden = inputs.Hidden.clone().requires_grad_(true);
        FusedLinearCrossEntropy.Forward(hidden, inputs.Weight, inputs.Labels, inputs.TokenWeights, 4).backward();
        Assert.True(Difference(expected, hidden.grad!) < 1e-5);
        Assert.Null(inputs.Weight.grad);
    }

    [Fact]
    public void Without_gradients_there_is_the_loss_alone()
    {
        using DisposeScope scope = NewDisposeScope();
        Inputs inputs = new Case(9, 4, 7, 4, 5, 1).Make();
        using IDisposable off = no_grad();
        Tensor loss = FusedLinearCrossEntropy.Forward(inputs.Hidden.clone().requires_grad_(true), inputs.Weight, inputs.Labels, inputs.TokenWeights);
        Assert.False(loss.requires_grad);
        Assert.Equal(inputs.Plain(inputs.Hidden, inputs.Weight).ToDouble(), loss.ToDouble(), 1e-6);
    }

    [Fact]
    public void Logits_of_any_size_neither_overflow_nor_vanish()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = tensor(new[] { 1f, -1, 1, -1 }).unsqueeze(1).requires_grad_(true);
        Tensor weight = tensor(new[] { 3e4f, 0, -3e4f }).unsqueeze(1).requires_grad_(true);
        Tensor loss = FusedLinearCrossEntropy.Forward(hidden, weight, tensor([0L, 2, 2, 1]), ones(4));
        loss.backward();
        Assert.Equal(6e4 + 3e4, loss.ToDouble(), 1);
        Assert.True(hidden.grad!.isfinite().all().item<bool>() && weight.grad!.isfinite().all().item<bool>());
    }

    [Fact]
    public void Every_tensor_on_the_way_is_gone_after_the_backward_pass()
    {
        Inputs inputs = new Case(9, 4, 7, 2, 5, 1).Make();
        using (DisposeScope warm = NewDisposeScope())
        {
            inputs.Run((h, w) => FusedLinearCrossEntropy.Forward(h, w, inputs.Labels, inputs.TokenWeights, 2));
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        long live = Tensor.TotalCount;
        for (int i = 0; i < 100; i++)
        {
            using Tensor loss = FusedLinearCrossEntropy.Forward(inputs.Hidden, inputs.Weight, inputs.Labels, inputs.TokenWeights, 2);
        }

        Assert.True(Tensor.TotalCount <= live, $"{live} tensors before, {Tensor.TotalCount} after.");
    }

    [Fact]
    public void What_does_not_go_together_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor labels = tensor([0L, 2]);
        Assert.Contains("Float32 [2, 4], Float32 [3, 5]", Refused(zeros(2, 4), zeros(3, 5), labels, ones(2)), StringComparison.Ordinal);
        Assert.Contains("Float32 [1, 2, 4]", Refused(zeros(1, 2, 4), zeros(3, 4), labels, ones(2)), StringComparison.Ordinal);
        Assert.Contains("Float32 [4]", Refused(zeros(2, 4), zeros(4), labels, ones(2)), StringComparison.Ordinal);
        Assert.Contains("Int32 [2]", Refused(zeros(2, 4), zeros(3, 4), labels.to(ScalarType.Int32), ones(2)), StringComparison.Ordinal);
        Assert.Contains("Float64 [2]", Refused(zeros(2, 4), zeros(3, 4), labels, ones(2, ScalarType.Float64)), StringComparison.Ordinal);
        Assert.Contains("Int64 [2, 1]", Refused(zeros(2, 4), zeros(3, 4), labels.unsqueeze(1), ones(2)), StringComparison.Ordinal);
        Assert.Contains("Float32 [2, 1]", Refused(zeros(2, 4), zeros(3, 4), labels, ones(2, 1)), StringComparison.Ordinal);
        Assert.Contains("BFloat16 [3, 4]", Refused(zeros(2, 4), zeros(3, 4, ScalarType.BFloat16), labels, ones(2)), StringComparison.Ordinal);
        Assert.Contains("Int64 [2]", Refused(zeros(3, 4), zeros(3, 4), labels, ones(3)), StringComparison.Ordinal);
        Assert.Contains("Float32 [1]", Refused(zeros(2, 4), zeros(3, 4), labels, ones(1)), StringComparison.Ordinal);
        Assert.Contains("Labels run from 0 to 2; expected 0 to 1", Refused(zeros(2, 4), zeros(2, 4), labels, ones(2)), StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => FusedLinearCrossEntropy.Forward(zeros(2, 4), zeros(3, 4), labels, ones(2), 0));

        static string Refused(Tensor hidden, Tensor weight, Tensor labels, Tensor weights)
            => Assert.Throws<ArgumentException>(() => FusedLinearCrossEntropy.Forward(hidden, weight, labels, weights)).Message;
    }

    private static void Compare(Inputs inputs, int chunkSize, double lossTolerance, double gradientTolerance)
    {
        (double expected, Tensor hidden, Tensor weight) = inputs.Run(inputs.Plain);
        (double actual, Tensor fusedHidden, Tensor fusedWeight) = inputs.Run((h, w) => FusedLinearCrossEntropy.Forward(h, w, inputs.Labels, inputs.TokenWeights, chunkSize));
        Assert.Equal(expected, actual, lossTolerance * Math.Max(1, Math.Abs(expected)));
        Assert.True(Difference(hidden, fusedHidden) < gradientTolerance, $"Hidden states: {Difference(hidden, fusedHidden)}.");
        Assert.True(Difference(weight, fusedWeight) < gradientTolerance, $"Weight: {Difference(weight, fusedWeight)}.");
        Assert.Equal(hidden.dtype, fusedHidden.dtype);
        Assert.Equal(weight.dtype, fusedWeight.dtype);
    }

    /// <summary>The largest difference, against the largest gradient or <see cref="SmallestGradient"/> at the least.</summary>
    private static double Difference(Tensor expected, Tensor actual)
        => (expected - actual).abs().max().ToDouble() / Math.Max(SmallestGradient, expected.abs().max().ToDouble());

    private sealed record Case(int Tokens, int Width, int Vocabulary, int ChunkSize, int TargetsOfTen, int Seed)
    {
        public Inputs Make(ScalarType dtype = ScalarType.Float32)
        {
            using Generator generator = new((ulong)Seed);
            Tensor labels = randint(Vocabulary, Tokens, dtype: ScalarType.Int64, generator: generator);
            Tensor isTarget = randint(10, Tokens, dtype: ScalarType.Int64, generator: generator).lt(TargetsOfTen);
            return new Inputs(
                randn(Tokens, Width, generator: generator).to(dtype),
                randn(Vocabulary, Width, generator: generator).to(dtype),
                where(isTarget, labels, full_like(labels, TokenSequence.IgnoreIndex)),
                rand(Tokens, generator: generator));
        }
    }

    private sealed record Inputs(Tensor Hidden, Tensor Weight, Tensor Labels, Tensor TokenWeights)
    {
        public Tensor Plain(Tensor hidden, Tensor weight)
        {
            Tensor logits = nn.functional.linear(hidden, weight).to(ScalarType.Float32);
            Tensor losses = nn.functional.cross_entropy(logits, Labels, ignore_index: TokenSequence.IgnoreIndex, reduction: nn.Reduction.None);
            return (losses * TokenWeights).sum();
        }

        /// <summary>Sums of the magnitudes of what each number of both gradients is the sum of, in float64.</summary>
        public (Tensor Hidden, Tensor Weight) Summands()
        {
            (Tensor hidden, Tensor weight) = (Hidden.to(ScalarType.Float64), Weight.to(ScalarType.Float64));
            Tensor isTarget = Labels.ne(TokenSequence.IgnoreIndex);
            Tensor oneHot = nn.functional.one_hot(where(isTarget, Labels, zeros_like(Labels)), Weight.shape[0]);
            Tensor ofLogits = (nn.functional.linear(hidden, weight).softmax(1) - oneHot).abs() * (TokenWeights * isTarget).unsqueeze(1);
            return (ofLogits.matmul(weight.abs()), ofLogits.t().matmul(hidden.abs()));
        }

        /// <summary>The loss, and its gradients; zeros where the graph does not reach.</summary>
        public (double Loss, Tensor Hidden, Tensor Weight) Run(Func<Tensor, Tensor, Tensor> forward)
        {
            Tensor hidden = Hidden.clone().requires_grad_(true);
            Tensor weight = Weight.clone().requires_grad_(true);
            Tensor loss = forward(hidden, weight);
            loss.backward();
            Assert.Equal(ScalarType.Float32, loss.dtype);
            return (loss.ToDouble(), hidden.grad ?? zeros_like(hidden), weight.grad ?? zeros_like(weight));
        }
    }
}
