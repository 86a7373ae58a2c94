using System.Text.Json;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests;

/// <summary>Logits, loss and gradients of the reference's three model folders.</summary>
[Trait("Category", "Golden")]
public sealed class ModelGoldenTests
{
    private const double LogitTolerance = 5e-5;
    private const double NormTolerance = 1e-4;

    private static readonly JsonElement Cases = Golden.ReadJson("model", "cases.json");

    public static TheoryData<string> Names => [.. Golden.Names(Cases)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Logits_of_packs_equal_the_references(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = CausalLanguageModel.FromPretrained(Golden.PathOf("model", name));
        Tensor expected = Golden.ReadNpy("model", name, "logits_packed.npy").ToTensor().flatten(0, 1);
        PackLayout layout = new(Golden.ReadNpy("model", "cu_seqlens.npy").Int32());
        Tensor inputIds = Golden.ReadNpy("model", "input_ids.npy").ToTensor().flatten();
        Tensor positionIds = Golden.ReadNpy("model", "position_ids.npy").ToTensor().flatten();
        Assert.True(MaxDifference(model.forward(inputIds, positionIds, layout), expected) < LogitTolerance);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Logits_of_each_sequence_alone_equal_those_in_its_pack(string name)
    {
        string path = Golden.PathOf("model", name, "logits_alone.npy");
        Assert.SkipUnless(File.Exists(path), "There are no logits of single sequences for this model.");
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = CausalLanguageModel.FromPretrained(Golden.PathOf("model", name));
        JsonElement golden = Golden.Case(Cases, name);
        Tensor expected = Npy.Read(path).ToTensor();
        long row = 0;
        foreach (TokenSequence sequence in ReadSequences(golden, withPaddingTail: false))
        {
            using PackedBatch batch = new PackedBatchCollator(new InMemoryDataset([sequence])).Collate(new MicroBatch(new[] { 0 }, LengthLimit.None));
            Tensor logits = model.forward(batch.InputIds, batch.PositionIds, batch.Layout);
            Assert.True(MaxDifference(logits, expected.narrow(0, row, sequence.Length)) < LogitTolerance);
            row += sequence.Length;
        }

        Assert.Equal(expected.shape[0], row);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Loss_and_gradients_equal_the_references(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = CausalLanguageModel.FromPretrained(Golden.PathOf("model", name));
        JsonElement golden = Golden.Case(Cases, name);

        // The mean over the packs of weights K / (N_i M) is the sum of the shares 1 / (N_i M) that the loss returns.
        InMemoryDataset dataset = new(ReadSequences(golden, withPaddingTail: true));
        StepTotals totals = new(dataset.TargetCounts.ToArray().Count(n => n > 0), golden.GetProperty("K").GetInt32(), dataset.TargetCounts.ToArray().Sum());
        using WeightedPackingLoss weightedLoss = new();
        double loss = 0;
        int first = 0;
        foreach (int[] cuSeqLens in golden.GetProperty("cu_seqlens_per_pack").EnumerateArray().Select(Golden.Ints))
        {
            MicroBatch pack = new(Enumerable.Range(first, cuSeqLens.Length - 1).ToArray(), LengthLimit.None);
            first += cuSeqLens.Length - 1;
            using PackedBatch batch = new PackedBatchCollator(dataset).Collate(pack with { Totals = totals });
            Tensor share = weightedLoss.forward(model.forward(batch.InputIds, batch.PositionIds, batch.Layout), batch);
            share.backward();
            loss += share.ToDouble();
        }

        Assert.Equal(golden.GetProperty("loss").GetDouble(), loss, 1e-5);
        AssertGradients(golden, model);
    }

    private static void AssertGradients(JsonElement golden, CausalLanguageModel model)
    {
        double total = 0;
        Dictionary<string, Tensor> gradients = model.named_parameters().ToDictionary(named => named.name, named => named.parameter.grad!);
        JsonElement expectedGradients = golden.GetProperty("grads");
        Assert.Equal(expectedGradients.EnumerateObject().Select(p => p.Name).Order(), gradients.Keys.Order());
        foreach (JsonProperty expected in expectedGradients.EnumerateObject())
        {
            Tensor gradient = gradients[expected.Name].to(ScalarType.Float64);
            double norm = expected.Value.GetProperty("l2").GetDouble();
            Assert.Equal(norm, gradient.norm().ToDouble(), NormTolerance * norm);
            Assert.Equal(expected.Value.GetProperty("sum").GetDouble(), gradient.sum().ToDouble(), 1e-4);
            double[] first = Golden.Numbers(expected.Value.GetProperty("first8"));
            Assert.Equal(first, gradient.flatten().data<double>().Take(first.Length), (a, b) => Math.Abs(a - b) < 1e-5);
            total += Math.Pow(gradient.norm().ToDouble(), 2);
        }

        double expectedTotal = golden.GetProperty("grad_norm_total").GetDouble();
        Assert.Equal(expectedTotal, Math.Sqrt(total), NormTolerance * expectedTotal);
    }

    /// <summary>The sequences of all packs; the padding tail of a pack is a sequence of its own in the golden data.</summary>
    private static IEnumerable<TokenSequence> ReadSequences(JsonElement golden, bool withPaddingTail)
    {
        int[] ids = Golden.ReadNpy("model", "input_ids.npy").Int32();
        int[] labels = Golden.ReadNpy("model", "labels.npy").Int32();
        int length = golden.GetProperty("length").GetInt32();
        int offset = 0;
        foreach (int[] cuSeqLens in golden.GetProperty("cu_seqlens_per_pack").EnumerateArray().Select(Golden.Ints))
        {
            for (int i = 0; i + 1 < cuSeqLens.Length; i++)
            {
                Range tokens = (offset + cuSeqLens[i])..(offset + cuSeqLens[i + 1]);
                if (withPaddingTail || ids.AsSpan(tokens).ContainsAnyExcept(0))
                {
                    yield return new TokenSequence(ids.AsSpan(tokens), labels.AsSpan(tokens));
                }
            }

            offset += length;
        }
    }

    private static double MaxDifference(Tensor actual, Tensor expected)
    {
        Assert.Equal(expected.shape, actual.shape);
        return (actual - expected).abs().max().ToDouble();
    }
}
