using System.Text.Json;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Packing;
using LongAlign.Sequences;
using TorchSharp;

namespace LongAlign.Core.Tests.Collation;

/// <summary>The reference's packed dataset and collators: weights, M, and where ours depart.</summary>
[Trait("Category", "Golden")]
public sealed class DatasetGoldenTests
{
    private static readonly JsonElement Cases = Golden.ReadJson("dataset", "cases.json");
    private static readonly int[][] Boundaries = [.. Golden.ReadJson("dataset", "attention_masks_pack.json").EnumerateArray().Select(Golden.Ints)];
    private static readonly int MaxLength = Cases.GetProperty("max_length").GetInt32();
    private static readonly int HalvedPacks = Cases.GetProperty("idx_below_which_half").GetInt32();
    private static readonly float[] Weights = Golden.ReadNpy("dataset", "weights_pack.npy").Float32();
    private static readonly InMemoryDataset Dataset = new(ReadSequences());
    private static readonly PackedBatchCollator Collator = new(Dataset) { PadToMultipleOf = MaxLength };

    public static TheoryData<int> DeviceCounts => [.. Cases.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("device_count").GetInt32())];

    /// <summary>Packs of which the reference counts no first token as a target.</summary>
    private static IEnumerable<int> PlainPacks => Enumerable.Range(0, Boundaries.Length).Where(pack => Boundaries[pack][..^2].All(start => Weights[(pack * MaxLength) + start] == 0));

    [Fact]
    public void Weights_of_a_pack_are_the_references()
    {
        Assert.NotEmpty(PlainPacks);
        foreach (int pack in PlainPacks)
        {
            using PackedBatch batch = Collator.Collate(Pack(pack));
            Assert.Equal(Weights[(pack * MaxLength)..((pack + 1) * MaxLength)], batch.LossWeights.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
            Assert.Equal(Boundaries[pack][..^1], batch.CuSeqLens.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(DeviceCounts))]
    public void M_of_a_step_is_the_references_sum_of_weights(int deviceCount)
    {
        double[] sums = Golden.Numbers(Run(deviceCount).GetProperty("nums"));
        for (int step = 0; step < sums.Length; step++)
        {
            Assert.Equal(sums[step], TotalsOfStep(step, deviceCount).SequenceCount + FirstTokenOnly(step, deviceCount), 1e-4);
        }
    }

    [Theory]
    [MemberData(nameof(DeviceCounts))]
    public void Scaled_weights_are_the_references(int deviceCount)
    {
        foreach (JsonElement golden in Run(deviceCount).GetProperty("batches").EnumerateArray())
        {
            int[] packs = Golden.Ints(golden.GetProperty("indices"));
            int step = packs[0] / deviceCount;
            if (golden.TryGetProperty("error", out _) || packs.Any(pack => pack < HalvedPacks) || packs.Except(PlainPacks).Any())
            {
                continue; // half packs: departure DS-3; first tokens: departure LS-2
            }

            float[] expected = Golden.ReadNpy("dataset", golden.GetProperty("scaled_weights_file").GetString()!).Float32();
            StepTotals totals = TotalsOfStep(step, deviceCount);
            float scale = (float)deviceCount / totals.SequenceCount; // K / M; departure DS-4: the reference takes the first pack's M for all
            float[] actual = [.. packs.SelectMany(pack =>
            {
                using PackedBatch batch = Collator.Collate(Pack(pack) with { Totals = totals });
                return batch.LossWeights.data<float>().ToArray().Select(weight => weight * scale).ToArray();
            })];
            Assert.Equal(expected, actual, (a, b) => Math.Abs(a - b) < 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(DeviceCounts))]
    public void Departure_DS_1_packs_that_fill_no_step_are_kept(int deviceCount)
    {
        int[] order = [.. Enumerable.Range(0, Boundaries.Length)];
        RandomBatchSampler sampler = new([.. order.Select(pack => Boundaries[pack][^2])], 1, 1) { WorldSize = deviceCount };
        Assert.Equal(Run(deviceCount).GetProperty("len").GetInt32(), Boundaries.Length / deviceCount * deviceCount);
        Assert.Equal(Boundaries.Length, sampler.GetSteps(0).Sum(step => step.Totals.MicroBatchCount));
    }

    [Theory]
    [MemberData(nameof(DeviceCounts))]
    public void Departure_DS_3_no_pack_is_cut_to_half(int deviceCount)
    {
        JsonElement[] halved = [.. Run(deviceCount).GetProperty("items").EnumerateArray().Where(item => item.GetProperty("weight_factor").GetInt32() == 2)];
        Assert.All(halved, item =>
        {
            int pack = item.GetProperty("idx").GetInt32();
            using PackedBatch batch = Collator.Collate(Pack(pack));
            Assert.True(batch.TokenCount > item.GetProperty("length").GetInt32());
            int withTarget = batch.Totals.SequenceCount;
            Assert.Equal(withTarget, batch.LossWeights.sum().ToDouble(), 1e-4);
        });
    }

    [Fact]
    public void Departure_DS_4_packs_of_two_steps_have_their_own_M()
    {
        // The reference divides all packs of a batch by the M of the first; a step's totals are counted over just its packs.
        for (int first = HalvedPacks; first + 1 < Boundaries.Length; first++)
        {
            StepTotals two = Totals([first, first + 1]);
            Assert.Equal(Totals([first]).SequenceCount + Totals([first + 1]).SequenceCount, two.SequenceCount);
        }
    }

    [Fact]
    public void Departure_MN_3_a_naive_batch_is_as_wide_as_its_longest_row()
    {
        JsonElement golden = Golden.ReadJson("dataset", "naive_collator.json");
        int width = golden.GetProperty("width").GetInt32();
        int[] ids = Golden.ReadNpy("dataset", "naive_inputs.npy").Int32();
        foreach (JsonElement expected in golden.GetProperty("batches").EnumerateArray())
        {
            int[][] rows = [.. Golden.Ints(expected.GetProperty("indices")).Select(row => ids[(row * width)..((row + 1) * width)]).Select(row => row[..(Array.FindLastIndex(row, id => id != 0) + 1)])];
            if (rows.Any(row => row.Length == 0))
            {
                continue; // an empty row is no sequence
            }

            InMemoryDataset dataset = new(rows.Select(row => new TokenSequence(row, row)));
            using PaddedBatch batch = new PaddedBatchCollator(dataset).Collate(new MicroBatch(Enumerable.Range(0, rows.Length).ToArray(), LengthLimit.None));
            Assert.Equal(rows.Max(row => row.Length), batch.InputIds.shape[1]);
            int referenceWidth = expected.GetProperty("batch_length").GetInt32();
            int[] ends = Golden.Ints(expected.GetProperty("argmin_minus_1"));
            bool isFullRowCut = ends.Any(end => end < 0) && ends.Any(end => end >= 0);
            Assert.Equal(isFullRowCut, batch.InputIds.shape[1] > referenceWidth);
        }
    }

    private static JsonElement Run(int deviceCount) => Cases.GetProperty("runs").EnumerateArray().Single(run => run.GetProperty("device_count").GetInt32() == deviceCount);

    private static StepTotals TotalsOfStep(int step, int deviceCount) => Totals(Enumerable.Range(step * deviceCount, deviceCount));

    private static StepTotals Totals(IEnumerable<int> packs)
    {
        int[] targets = [.. packs.SelectMany(pack => Pack(pack).Indices.ToArray()).Select(i => Dataset.TargetCounts[i])];
        return new StepTotals(targets.Count(n => n > 0), packs.Count(), targets.Sum());
    }

    /// <summary>Sequences of a step whose only target is their first token (departure LS-2).</summary>
    private static int FirstTokenOnly(int step, int deviceCount) => Enumerable.Range(step * deviceCount, deviceCount)
        .SelectMany(pack => Pack(pack).Indices.ToArray())
        .Count(i => Dataset.TargetCounts[i] == 0 && Dataset[i].Labels[0] != TokenSequence.IgnoreIndex);

    /// <summary>The sequences of a pack: they are numbered through all packs.</summary>
    private static MicroBatch Pack(int pack)
    {
        int first = Boundaries[..pack].Sum(b => b.Length - 2);
        return new MicroBatch(Enumerable.Range(first, Boundaries[pack].Length - 2).ToArray(), LengthLimit.None);
    }

    private static IEnumerable<TokenSequence> ReadSequences()
    {
        int[] ids = Golden.ReadNpy("dataset", "inputs_pack.npy").Int32();
        int[] labels = Golden.ReadNpy("dataset", "labels_pack.npy").Int32();
        for (int pack = 0; pack < Boundaries.Length; pack++)
        {
            for (int i = 0; i + 2 < Boundaries[pack].Length; i++)
            {
                Range own = ((pack * MaxLength) + Boundaries[pack][i])..((pack * MaxLength) + Boundaries[pack][i + 1]);
                yield return new TokenSequence(ids[own], labels[own]);
            }
        }
    }
}
