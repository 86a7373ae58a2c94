using CsCheck;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests;

/// <summary>A pack gives what its sequences give alone: logits, and with loss weighting the gradient.</summary>
public sealed class PackingTests
{
    private const double LogitTolerance = 5e-5;
    private const double GradientTolerance = 2e-5; // of a weight's largest gradient, at the least of 1

    private static readonly Gen<TokenSequence> Sequences =
        from ids in Gen.Int[0, TinyModel.Vocabulary - 1].Array[1, 12]
        from isTarget in Gen.Bool.Array[ids.Length]
        select new TokenSequence(ids, [.. ids.Select((id, t) => isTarget[t] ? id : TokenSequence.IgnoreIndex)]);

    private static readonly Gen<(TokenSequence[] Sequences, int PadTo, string Family)> Packs = Gen.Select(Sequences.Array[1, 6], Gen.OneOf(Gen.Const(1), Gen.Const(8), Gen.Const(64)), Gen.OneOf([.. TinyModel.All.Select(Gen.Const)]));

    [Fact]
    [Trait("Speed", "Slow")]
    public void Logits_of_a_pack_are_those_of_each_sequence_alone() => Packs.Sample(
        c =>
        {
            using DisposeScope scope = NewDisposeScope();
            using CausalLanguageModel model = TinyModel.Create(c.Family);
            InMemoryDataset dataset = new(c.Sequences);
            PackedBatch pack = Collate(dataset, All(dataset), c.PadTo);
            Tensor packed = Forward(model, pack);
            Assert.Equal(pack.Layout.TokenCount, packed.shape[0]);
            for (int i = 0; i < dataset.Count; i++)
            {
                Tensor alone = Forward(model, Collate(dataset, [i]));
                Tensor inPack = packed.narrow(0, pack.Layout.CuSeqLens[i], dataset.Lengths[i]);
                Assert.True((alone - inPack).abs().max().ToDouble() < LogitTolerance, $"Sequence {i}.");
            }
        },
        iter: 100,
        threads: 1,
        print: Print);

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_gradient_of_a_pack_is_the_sum_of_the_gradients_of_its_sequences_alone() => Packs.Sample(
        c =>
        {
            using DisposeScope scope = NewDisposeScope();
            using CausalLanguageModel packedModel = TinyModel.Create(c.Family);
            using CausalLanguageModel aloneModel = TinyModel.Create(c.Family);
            using WeightedPackingLoss loss = new();
            InMemoryDataset dataset = new(c.Sequences);
            StepTotals totals = new(c.Sequences.Count(s => s.TargetCount > 0), 1, c.Sequences.Sum(s => (long)s.TargetCount));
            double packed = Backward(packedModel, loss, Collate(dataset, All(dataset), c.PadTo, totals));
            double alone = Enumerable.Range(0, dataset.Count).Sum(i => Backward(aloneModel, loss, Collate(dataset, [i], totals: totals)));
            Assert.Equal(alone, packed, 1e-5);
            foreach (((string name, Tensor expected), (_, Tensor actual)) in Gradients(aloneModel).Zip(Gradients(packedModel)))
            {
                double tolerance = GradientTolerance * Math.Max(1, expected.abs().max().ToDouble());
                Assert.True((expected - actual).abs().max().ToDouble() < tolerance, name);
            }
        },
        iter: 100,
        threads: 1,
        print: Print);

    [Fact]
    public void The_gradient_of_a_step_does_not_depend_on_its_packs_and_is_not_zero()
    {
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel one = TinyModel.Create("llama");
        using CausalLanguageModel two = TinyModel.Create("llama");
        using WeightedPackingLoss loss = new();
        InMemoryDataset dataset = new([new TokenSequence([1, 2, 3, 4], [1, 2, -100, 4]), new TokenSequence([5, 6], [5, 6]), new TokenSequence([7, 8, 9], [-100, -100, 9])]);
        Backward(one, loss, Collate(dataset, All(dataset), totals: new StepTotals(3, 1, 4)));
        Backward(two, loss, Collate(dataset, [2, 0], totals: new StepTotals(3, 2, 4)));
        Backward(two, loss, Collate(dataset, [1], totals: new StepTotals(3, 2, 4)));
        foreach (((string name, Tensor expected), (_, Tensor actual)) in Gradients(one).Zip(Gradients(two)))
        {
            Assert.True(expected.abs().max().ToDouble() > 1e-3, name);
            Assert.True((expected - actual).abs().max().ToDouble() < GradientTolerance, name);
        }
    }

    private static int[] All(InMemoryDataset dataset) => [.. Enumerable.Range(0, dataset.Count)];

    private static PackedBatch Collate(InMemoryDataset dataset, int[] sequences, int padTo = 1, StepTotals? totals = null)
        => new PackedBatchCollator(dataset) { PadToMultipleOf = padTo }.Collate(new MicroBatch(sequences, LengthLimit.None) { Totals = totals });

    private static Tensor Forward(CausalLanguageModel model, PackedBatch batch) => model.forward(batch.InputIds, batch.PositionIds, batch.Layout);

    private static double Backward(CausalLanguageModel model, WeightedPackingLoss loss, PackedBatch batch)
    {
        Tensor share = loss.forward(Forward(model, batch), batch);
        share.backward();
        return share.ToDouble();
    }

    private static IEnumerable<(string Name, Tensor Gradient)> Gradients(CausalLanguageModel model)
        => model.named_parameters().Select(named => (named.name, named.parameter.grad ?? zeros_like(named.parameter)));

    private static string Print((TokenSequence[] Sequences, int PadTo, string Family) c)
        => $"{string.Join(" | ", c.Sequences.Select(s => $"{string.Join(',', s.InputIds.ToArray())} ({string.Join(',', s.Labels.ToArray())})"))} to {c.PadTo}, {c.Family}";
}
