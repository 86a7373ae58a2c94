using System.Text.Json;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Losses;

/// <summary>Losses and gradients of the reference's modeling_llama.py on given logits.</summary>
[Trait("Category", "Golden")]
public sealed class LossGoldenTests
{
    private static readonly JsonElement Cases = Golden.ReadJson("loss", "cases.json").GetProperty("cases");

    /// <summary>Cases in which no sequence begins with a target.</summary>
    public static TheoryData<string> WithinSequences => [.. Golden.Names(Cases).Where(name => !HasFirstLabel(Golden.Case(Cases, name)))];

    /// <summary>Cases in which one does: the reference predicts it from the sequence before.</summary>
    public static TheoryData<string> AcrossBorders => [.. Golden.Names(Cases).Where(name => HasFirstLabel(Golden.Case(Cases, name)))];

    [Theory]
    [MemberData(nameof(WithinSequences))]
    public void Loss_weighting_gives_the_references_loss_and_gradient(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        JsonElement golden = Golden.Case(Cases, name);
        Step step = new(golden, LossReduction.SequenceMean);
        Assert.Equal(golden.GetProperty("eq4_loss").GetDouble(), step.Loss, 1e-5);
        Assert.Equal(golden.GetProperty("eq2_as_reference").GetDouble(), step.Loss, 1e-5);
        Assert.Equal(golden.GetProperty("M").GetInt32(), step.Totals.SequenceCount);
        Tensor expected = Golden.ReadNpy("loss", name, "grad_logits_eq4.npy").ToTensor();
        Assert.True((step.Gradient - expected).abs().max().ToDouble() < 1e-6);
    }

    [Theory]
    [MemberData(nameof(WithinSequences))]
    public void Plain_packing_gives_the_mean_over_packs(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        JsonElement golden = Golden.Case(Cases, name);
        Step step = new(golden, LossReduction.PackMean);
        Assert.Equal(golden.GetProperty("eq3_loss").GetDouble(), step.Loss, 1e-5);
        Assert.Equal(golden.GetProperty("grad_eq3_norm").GetDouble(), step.Gradient.norm().ToDouble(), 1e-5);
        double packs = golden.GetProperty("K").GetInt32();
        Assert.Equal(Golden.Numbers(golden.GetProperty("eq3_per_pack")).Select(loss => loss / packs), step.Shares, (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Theory]
    [MemberData(nameof(WithinSequences))]
    public void The_token_mean_is_the_mean_over_all_targets(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        JsonElement golden = Golden.Case(Cases, name);
        Assert.Equal(golden.GetProperty("token_mean_over_all").GetDouble(), new Step(golden, LossReduction.TokenMean).Loss, 1e-5);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(AcrossBorders))]
    public void Departure_LS_2_a_first_token_is_not_predicted_from_the_sequence_before(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        JsonElement golden = Golden.Case(Cases, name);
        double loss = new Step(golden, LossReduction.SequenceMean).Loss;
        Assert.Equal(golden.GetProperty("eq2_within_sequence").GetDouble(), loss, 1e-5);
        Assert.True(Math.Abs(golden.GetProperty("eq4_loss").GetDouble() - loss) > 1e-5);
    }

    private static bool HasFirstLabel(JsonElement golden)
        => golden.GetProperty("sequences").EnumerateArray().Any(s => s.GetProperty("targets").GetInt32() != s.GetProperty("targets_within").GetInt32());

    /// <summary>A step of all packs of a case: the shares of its loss, and the gradient of their sum.</summary>
    private sealed class Step
    {
        public Step(JsonElement golden, LossReduction reduction)
        {
            string name = golden.GetProperty("name").GetString()!;
            int[] labels = Golden.ReadNpy("loss", name, "labels.npy").Int32();
            int length = golden.GetProperty("length").GetInt32();
            List<TokenSequence> sequences = [];
            List<MicroBatch> packs = [];
            int offset = 0;
            foreach (int[] cuSeqLens in golden.GetProperty("cu_seqlens").EnumerateArray().Select(Golden.Ints))
            {
                int first = sequences.Count;
                for (int i = 0; i + 1 < cuSeqLens.Length; i++)
                {
                    ReadOnlySpan<int> own = labels.AsSpan((offset + cuSeqLens[i])..(offset + cuSeqLens[i + 1]));
                    sequences.Add(new TokenSequence(new int[own.Length], own));
                }

                packs.Add(new MicroBatch(Enumerable.Range(first, sequences.Count - first).ToArray(), LengthLimit.None));
                offset += length;
            }

            InMemoryDataset dataset = new(sequences);
            Totals = new StepTotals(sequences.Count(s => s.TargetCount > 0), packs.Count, sequences.Sum(s => (long)s.TargetCount));
            Tensor logits = Golden.ReadNpy("loss", name, "logits.npy").ToTensor().requires_grad_(true); // [packs, length, vocabulary]
            PackedBatchCollator collator = new(dataset) { PadToMultipleOf = length };
            using WeightedPackingLoss weightedLoss = new(reduction);
            List<double> shares = [];
            for (int pack = 0; pack < packs.Count; pack++)
            {
                using PackedBatch batch = collator.Collate(packs[pack] with { Totals = Totals });
                Tensor share = weightedLoss.forward(logits[pack], batch);
                share.backward();
                shares.Add(share.ToDouble());
            }

            Shares = [.. shares];
            Gradient = logits.grad!;
        }

        public StepTotals Totals { get; }

        public double[] Shares { get; }

        public double Loss => Shares.Sum();

        public Tensor Gradient { get; }
    }
}
