using CsCheck;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Losses;

public sealed class FusedLinearCrossEntropyTests
{
    private static readonly Gen<(int Rows, int Width, int Vocabulary, int Chunk, long Seed)> Sizes =
        from rows in Gen.Int[0, 20]
        from width in Gen.Int[1, 8]
        from vocabulary in Gen.Int[1, 12]
        from chunk in Gen.Int[1, 25]
        from seed in Gen.Long
        select (rows, width, vocabulary, chunk, seed);

    [Fact]
    public void Loss_and_gradients_are_those_of_the_plain_path_for_any_chunk() => Sizes.Sample(
        c =>
        {
            using DisposeScope scope = NewDisposeScope();
            Inputs plain = new(c.Rows, c.Width, c.Vocabulary, c.Seed);
            Inputs fused = new(c.Rows, c.Width, c.Vocabulary, c.Seed);
            Tensor expected = plain.PlainLoss();
            Tensor actual = FusedLinearCrossEntropy.Forward(fused.Hidden, fused.Weight, fused.Ids, fused.Weights, c.Chunk);
            (expected * 3).backward();
            (actual * 3).backward(); // a gradient other than 1 comes in
            Assert.Equal(expected.ToDouble(), actual.ToDouble(), 1e-5);
            AssertClose(plain.Hidden.grad!, fused.Hidden.grad!, 1e-5);
            AssertClose(plain.Weight.grad!, fused.Weight.grad!, 1e-5);
        },
        iter: 200,
        threads: 1);

    [Fact]
    public void A_tied_weight_gets_the_gradients_of_both_its_uses()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] gradients = [.. new[] { false, true }.Select(isFused =>
        {
            Inputs inputs = new(6, 4, 9, seed: 5);
            Tensor hidden = inputs.Weight.index_select(0, inputs.Ids) * 2;
            Tensor loss = isFused
                ? FusedLinearCrossEntropy.Forward(hidden, inputs.Weight, inputs.Ids, inputs.Weights, chunkRows: 4)
                : (nn.functional.cross_entropy(hidden.matmul(inputs.Weight.t()), inputs.Ids, reduction: nn.Reduction.None) * inputs.Weights).sum();
            loss.backward();
            return inputs.Weight.grad!;
        })];
        AssertClose(gradients[0], gradients[1], 1e-5);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Only_wanted_gradients_are_made(bool hiddenNeeds, bool weightNeeds)
    {
        using DisposeScope scope = NewDisposeScope();
        Inputs inputs = new(6, 4, 9, seed: 5);
        inputs.Hidden.requires_grad_(hiddenNeeds);
        inputs.Weight.requires_grad_(weightNeeds);
        Tensor loss = FusedLinearCrossEntropy.Forward(inputs.Hidden, inputs.Weight, inputs.Ids, inputs.Weights);
        Assert.Equal(inputs.PlainLoss().ToDouble(), loss.ToDouble(), 1e-5);
        Assert.Equal(hiddenNeeds || weightNeeds, loss.requires_grad);
        if (loss.requires_grad)
        {
            loss.backward();
        }

        Assert.Equal(hiddenNeeds, inputs.Hidden.grad is not null);
        Assert.Equal(weightNeeds, inputs.Weight.grad is not null);
    }

    [Fact]
    public void Bfloat16_is_near_float32_and_its_loss_is_float32()
    {
        using DisposeScope scope = NewDisposeScope();
        Inputs wide = new(40, 16, 30, seed: 5);
        Tensor hidden = wide.Hidden.detach().to(ScalarType.BFloat16).requires_grad_(true);
        Tensor weight = wide.Weight.detach().to(ScalarType.BFloat16).requires_grad_(true);
        Tensor loss = FusedLinearCrossEntropy.Forward(hidden, weight, wide.Ids, wide.Weights, chunkRows: 7);
        Assert.Equal(ScalarType.Float32, loss.dtype);
        Tensor expected = wide.PlainLoss();
        Assert.True(Math.Abs(expected.ToDouble() - loss.ToDouble()) < 0.02 * Math.Abs(expected.ToDouble()));
        loss.backward();
        expected.backward();
        Assert.Equal(ScalarType.BFloat16, weight.grad!.dtype);
        AssertClose(wide.Weight.grad!, weight.grad!.to(ScalarType.Float32), 0.05);
        AssertClose(wide.Hidden.grad!, hidden.grad!.to(ScalarType.Float32), 0.05);
    }

    [Theory]
    [InlineData(LossReduction.SequenceMean)]
    [InlineData(LossReduction.TokenMean)]
    [InlineData(LossReduction.PackMean)]
    public void The_weighted_loss_from_hidden_states_is_the_one_from_logits(LossReduction reduction) => Any.Dataset().Sample(
        dataset =>
        {
            using DisposeScope scope = NewDisposeScope();
            using PackedBatch batch = new PackedBatchCollator(dataset) { PadToMultipleOf = 4 }.Collate(new MicroBatch(Enumerable.Range(0, dataset.Count).ToArray(), LengthLimit.None));
            using WeightedPackingLoss loss = new(reduction);
            Tensor hidden = randn(batch.TokenCount, 6).requires_grad_(true);
            Tensor weight = randn(50, 6).requires_grad_(true);
            Tensor fused = loss.forward(hidden, weight, batch);
            Assert.Equal(loss.forward(hidden.matmul(weight.t()), batch).ToDouble(), fused.ToDouble(), 1e-4);
            fused.backward();
        },
        iter: 30,
        threads: 1);

    [Fact]
    public void A_thousand_losses_leave_no_tensor_behind()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Inputs inputs = new(6, 4, 9, seed: 5);
        long live = 0;
        for (int i = 0; i < 1_000; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            FusedLinearCrossEntropy.Forward(inputs.Hidden, inputs.Weight, inputs.Ids, inputs.Weights, chunkRows: 4).backward();
            if (i == 10)
            {
                live = Tensor.TotalCount;
            }
        }

        Assert.True(Tensor.TotalCount <= live, $"{live} tensors, then {Tensor.TotalCount}.");
    }

    [Fact]
    public void Shapes_and_dtypes_that_do_not_go_together_are_named()
    {
        using DisposeScope scope = NewDisposeScope();
        Inputs inputs = new(6, 4, 9, seed: 5);
        string message = Assert.Throws<ArgumentException>(() => FusedLinearCrossEntropy.Forward(inputs.Hidden, zeros(9, 5), inputs.Ids, inputs.Weights)).Message;
        Assert.Contains("Float32 [6, 4], Float32 [9, 5], Int64 [6], Float32 [6]", message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => FusedLinearCrossEntropy.Forward(inputs.Hidden, inputs.Weight, inputs.Ids[..3], inputs.Weights));
        Assert.Throws<ArgumentException>(() => FusedLinearCrossEntropy.Forward(inputs.Hidden, inputs.Weight.to(ScalarType.BFloat16), inputs.Ids, inputs.Weights));
        Assert.Throws<ArgumentOutOfRangeException>(() => FusedLinearCrossEntropy.Forward(inputs.Hidden, inputs.Weight, inputs.Ids, inputs.Weights, chunkRows: 0));

        using WeightedPackingLoss loss = new();
        using PackedBatch batch = new PackedBatchCollator(new InMemoryDataset([new TokenSequence([1, 2], [1, 2])])).Collate(new MicroBatch(new[] { 0 }, LengthLimit.None));
        Assert.Contains("[6, 4]", Assert.Throws<ArgumentException>(() => loss.forward(inputs.Hidden, inputs.Weight, batch)).Message, StringComparison.Ordinal);
        Assert.Contains("label 2", Assert.Throws<ArgumentException>(() => loss.forward(zeros(2, 4), zeros(2, 4), batch)).Message, StringComparison.Ordinal);
    }

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(expected.numel() == 0 || (expected - actual).abs().max().ToDouble() <= tolerance * Math.Max(1, expected.abs().max().ToDouble()));
    }

    private sealed class Inputs
    {
        public Inputs(int rows, int width, int vocabulary, long seed)
        {
            using Generator generator = new((ulong)seed);
            Hidden = randn(rows, width, generator: generator).requires_grad_(true);
            Weight = randn(vocabulary, width, generator: generator).requires_grad_(true);
            Ids = randint(0, vocabulary, rows, dtype: ScalarType.Int64, generator: generator);
            Weights = rand(rows, generator: generator);
        }

        public Tensor Hidden { get; }

        public Tensor Weight { get; }

        public Tensor Ids { get; }

        public Tensor Weights { get; }

        public Tensor PlainLoss() => Ids.numel() == 0
            ? (Hidden.sum() + Weight.sum()) * 0
            : (nn.functional.cross_entropy(Hidden.matmul(Weight.t()), Ids, reduction: nn.Reduction.None) * Weights).sum();
    }
}
