using System.Globalization;
using LongAlign.Collation;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Packing;

/// <summary>The packs of the reference's sort_and_group.py, and where ours depart from them.</summary>
[Trait("Category", "Golden")]
public sealed class PackingGoldenTests
{
    private static readonly PackingCase[] Cases = [.. Golden.ReadJson("packing", "cases.json").EnumerateArray().Select(c => new PackingCase(c))];

    public static TheoryData<string> Packed => Names(c => c.Boundaries.Length > 0);

    public static TheoryData<string> WithMisreadRows => Names(c => c.MisreadRows.Any(row => c.RowLengths[row] > 0));

    public static TheoryData<string> WithExactFit => Names(c => c.RowLengths.Contains(c.MaxLength));

    public static TheoryData<string> WithLostTail => Names(c => c.LostTail.Length > 0);

    public static TheoryData<string> WithOverlongRows => Names(c => c.OverlongRows.Length > 0);

    [Theory]
    [MemberData(nameof(Packed))]
    public void Sequential_packing_makes_the_references_packs(string name)
    {
        PackingCase golden = Case(name);
        PackingPlan plan = golden.PackAsReference(out int[] rows);
        int[] packed = [.. plan.Take(golden.Boundaries.Length).SelectMany(pack => pack.Indices.ToArray()).Select(i => rows[i])];
        Assert.Equal(golden.PackedRows, packed);
        Assert.Equal(golden.Boundaries.Select(b => b.Length - 2), plan.Take(golden.Boundaries.Length).Select(pack => pack.Count));
    }

    [Theory]
    [MemberData(nameof(Packed))]
    public void A_collated_pack_has_the_references_ids_labels_weights_and_boundaries(string name)
    {
        PackingCase golden = Case(name);
        PackingPlan plan = golden.PackAsReference(out int[] rows);
        InMemoryDataset dataset = new(rows.Select(row => golden.Sequence(row, golden.ReadLength(row))));
        PackedBatchCollator collator = new(dataset) { PadToMultipleOf = golden.MaxLength };
        long[] ids = golden.Read("inputs_pack").Int64();
        long[] labels = golden.Read("labels_pack").Int64();
        float[] weights = golden.Read("weights_pack").Float32();
        for (int pack = 0; pack < golden.Boundaries.Length; pack++)
        {
            int[] boundaries = golden.Boundaries[pack];
            using PackedBatch batch = collator.Collate(plan[pack]);
            Assert.Equal(boundaries[..^1], batch.CuSeqLens.ToArray());
            Range own = (pack * golden.MaxLength)..((pack + 1) * golden.MaxLength);
            Assert.Equal(ids[own], batch.InputIds.data<long>().ToArray());
            long[] actualLabels = batch.Labels.data<long>().ToArray();
            float[] actualWeights = batch.LossWeights.data<float>().ToArray();
            for (int i = 0; i + 2 < boundaries.Length; i++)
            {
                int start = boundaries[i];
                int end = boundaries[i + 1];
                long[] expectedLabels = labels[own][start..end];
                float[] expectedWeights = weights[own][start..end];

                // Departure LS-2: the first token has no predecessor, so that its label is no target and N_i is one less.
                if (expectedLabels[0] != TokenSequence.IgnoreIndex)
                {
                    int targets = expectedLabels.Count(label => label != TokenSequence.IgnoreIndex);
                    expectedLabels[0] = TokenSequence.IgnoreIndex;
                    expectedWeights[0] = 0;
                    expectedWeights = Array.ConvertAll(expectedWeights, weight => targets == 1 ? 0 : weight * targets / (targets - 1));
                }

                Assert.Equal(expectedLabels, actualLabels[start..end]);
                Assert.Equal(expectedWeights, actualWeights[start..end], (a, b) => Math.Abs(a - b) < 1e-6);
            }

            Assert.All(actualLabels[boundaries[^2]..], label => Assert.Equal(TokenSequence.IgnoreIndex, label));
            Assert.All(actualWeights[boundaries[^2]..], weight => Assert.Equal(0, weight));
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(WithMisreadRows))]
    public void Departure_SG_1_a_row_without_padding_or_with_id_0_keeps_its_length(string name)
    {
        PackingCase golden = Case(name);
        foreach (int row in golden.MisreadRows.Where(row => golden.RowLengths[row] > 0))
        {
            Assert.NotEqual(golden.RowLengths[row], golden.ReadLength(row));
            InMemoryDataset dataset = new([golden.Sequence(row, golden.RowLengths[row])]);
            PackingPlan plan = PackingAlgorithm.Sequential.Pack(dataset.Lengths, golden.RowLengths[row]);
            using PackedBatch batch = new PackedBatchCollator(dataset).Collate(plan[0]);
            Assert.Equal(golden.Ids(row)[..golden.RowLengths[row]], batch.InputIds.data<long>().ToArray());
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(WithExactFit))]
    public void Departure_SG_4_a_sequence_may_fill_a_pack(string name)
    {
        PackingCase golden = Case(name);
        int row = Array.IndexOf(golden.RowLengths, golden.MaxLength);
        Assert.DoesNotContain(golden.MaxLength, golden.Boundaries.SelectMany(b => b[..^1]));
        PackingPlan plan = PackingAlgorithm.Sequential.Pack([golden.RowLengths[row]], golden.MaxLength);
        Assert.Equal(0, plan.PaddingCount);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(WithLostTail))]
    public void Departure_SG_5_the_last_pack_is_kept(string name)
    {
        PackingCase golden = Case(name);
        PackingPlan plan = golden.PackAsReference(out int[] rows);
        int[] kept = [.. plan.Skip(golden.Boundaries.Length).SelectMany(pack => pack.Indices.ToArray()).Select(i => rows[i])];
        Assert.Equal(golden.LostTail, kept);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(WithOverlongRows))]
    public void Departure_SG_6_overlong_sequences_are_named_cut_or_counted(string name)
    {
        PackingCase golden = Case(name);
        int[] rows = [.. Enumerable.Range(0, golden.RowLengths.Length).Where(row => golden.RowLengths[row] > 0)];
        int[] lengths = Array.ConvertAll(rows, row => golden.RowLengths[row]);
        Assert.All(golden.OverlongRows, row => Assert.Contains(row, golden.SkippedRows));
        int first = Array.IndexOf(rows, golden.OverlongRows[0]);
        string message = Assert.Throws<ArgumentException>(() => PackingAlgorithm.Sequential.Pack(lengths, golden.MaxLength)).Message;
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"Sequence {first} has {lengths[first]} tokens"), message, StringComparison.Ordinal);
        PackingPlan dropped = PackingAlgorithm.Sequential.Pack(lengths, golden.MaxLength, OverlongPolicy.Drop);
        Assert.Equal(golden.OverlongRows, dropped.LeftOut.Select(i => rows[i]));
        PackingPlan cut = PackingAlgorithm.Sequential.Pack(lengths, golden.MaxLength, OverlongPolicy.TruncateRight);
        Assert.Equal(rows.Length, cut.SequenceCount);
        Assert.Equal(golden.OverlongRows, cut.Truncated.Select(i => rows[i]));
    }

    [Theory]
    [MemberData(nameof(Packed))]
    public void Departure_SG_8_padding_is_no_sequence_and_there_is_none_unless_asked(string name)
    {
        PackingCase golden = Case(name);
        PackingPlan plan = golden.PackAsReference(out int[] rows);
        InMemoryDataset dataset = new(rows.Select(row => golden.Sequence(row, golden.ReadLength(row))));
        List<int> sequences = [];
        for (int pack = 0; pack < golden.Boundaries.Length; pack++)
        {
            using PackedBatch batch = new PackedBatchCollator(dataset).Collate(plan[pack]);
            Assert.Equal(0, batch.Layout.PaddingCount);
            Assert.Equal(golden.Boundaries[pack][^2], batch.TokenCount);
            sequences.Add(batch.Layout.SequenceCount);
        }

        Assert.Equal(golden.PrintedMeanMaskLength, sequences.Average() + 1, 1e-9);
    }

    private static TheoryData<string> Names(Func<PackingCase, bool> condition) => [.. Cases.Where(condition).Select(c => c.Name)];

    private static PackingCase Case(string name) => Cases.Single(c => c.Name == name);
}
