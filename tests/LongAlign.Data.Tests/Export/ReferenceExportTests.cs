using System.Text.Json;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Data.Export;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Data.Tests.Export;

public sealed class ReferenceExportTests
{
    [Theory]
    [InlineData(PackingKind.BestFit, 1)]
    [InlineData(PackingKind.BestFit, 4)]
    [InlineData(PackingKind.Sequential, 3)]
    public void The_references_reader_gets_what_our_batches_hold(PackingKind kind, int devices)
    {
        using TemporaryFolder folder = new();
        InMemoryDataset dataset = RandomData.Dataset(60, longest: 40);
        PackingPlan plan = (kind == PackingKind.BestFit ? PackingAlgorithm.BestFitDecreasing : PackingAlgorithm.Sequential).Pack(dataset.Lengths, 64);
        PackedBatchSampler sampler = new(plan, dataset, seed: 3) { AccumulationSteps = devices };
        BatchStep[] steps = [.. sampler.GetSteps(0)];
        MicroBatch[] packs = [.. steps.SelectMany(step => step.MicroBatches)];
        ReferenceExport.WritePacks(folder, dataset, packs, length: 64, deviceCount: devices);

        ReferenceReader reader = new(folder, devices);
        Assert.Equal(steps.Length * devices, reader.Count);
        PackedBatchCollator collator = new(dataset) { PadToMultipleOf = 64 };
        for (int pack = 0; pack < packs.Length; pack++)
        {
            (long[] ids, long[] labels, float[] weights, int[] cuSeqLens) = reader[pack];
            StepTotals totals = steps[pack / devices].Totals;
            using PackedBatch batch = collator.Collate(packs[pack] with { Totals = totals });
            Assert.Equal(batch.InputIds.data<long>().ToArray(), ids);
            Assert.Equal(batch.Labels.data<long>().ToArray(), labels);
            float scale = (float)devices / totals.SequenceCount;
            Assert.Equal(batch.LossWeights.data<float>().ToArray().Select(weight => weight * scale), weights, (a, b) => Math.Abs(a - b) < 1e-6);
            int[] expected = batch.CuSeqLens.ToArray();
            Assert.Equal(expected[^1] == 64 ? expected : [.. expected, 64], cuSeqLens);
        }
    }

    [Fact]
    public void Rows_of_padding_fill_the_last_step_so_that_no_pack_is_dropped()
    {
        using TemporaryFolder folder = new();
        InMemoryDataset dataset = RandomData.Dataset(5, longest: 8);
        MicroBatch[] packs = [.. Enumerable.Range(0, 5).Select(i => new MicroBatch(new[] { i }, LengthLimit.None))];
        ReferenceExport.WritePacks(folder, dataset, packs, length: 8, deviceCount: 4);
        ReferenceReader reader = new(folder, deviceCount: 4);
        Assert.Equal(8, reader.Count);
        (long[] ids, long[] labels, float[] weights, int[] cuSeqLens) = reader[7];
        Assert.All(ids, id => Assert.Equal(0, id));
        Assert.All(labels, label => Assert.Equal(TokenSequence.IgnoreIndex, label));
        Assert.All(weights, weight => Assert.Equal(0, weight));
        Assert.Equal([0, 8], cuSeqLens);
    }

    [Fact]
    public void A_cut_sequence_is_cut_as_in_our_batches()
    {
        using TemporaryFolder folder = new();
        InMemoryDataset dataset = RandomData.Dataset(12, longest: 40);
        PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(dataset.Lengths, 16, OverlongPolicy.TruncateLeft);
        Assert.NotEmpty(plan.Truncated);
        ReferenceExport.WritePacks(folder, dataset, plan, length: 32);
        ReferenceReader reader = new(folder, deviceCount: 1);
        for (int pack = 0; pack < plan.Count; pack++)
        {
            using PackedBatch batch = new PackedBatchCollator(dataset) { PadToMultipleOf = 32 }.Collate(plan[pack]);
            Assert.Equal(batch.InputIds.data<long>().ToArray(), reader[pack].Ids);
            Assert.Equal(batch.Labels.data<long>().ToArray(), reader[pack].Labels);
        }
    }

    [Fact]
    public void Sorted_rows_are_the_sequences_with_padding_behind_each()
    {
        using TemporaryFolder folder = new();
        InMemoryDataset dataset = RandomData.Dataset(21, longest: 30);
        SortedBatchSampler sampler = new(dataset, batchSize: 4, seed: 1);
        MicroBatch[] groups = [.. sampler.GetSteps(0).SelectMany(step => step.MicroBatches)];
        ReferenceExport.WriteSorted(folder, dataset, groups);
        AssertRows(Npy.Read(folder.File("inputs_sort.npy")), Npy.Read(folder.File("labels_sort.npy")), dataset, [.. groups.SelectMany(group => group.Indices.ToArray())]);

        ReferenceExport.WriteRows(folder, dataset);
        AssertRows(Npy.Read(folder.File("inputs.npy")), Npy.Read(folder.File("labels.npy")), dataset, [.. Enumerable.Range(0, dataset.Count)]);
    }

    [Fact]
    public void What_the_reference_would_misread_or_what_does_not_fit_is_refused_and_leaves_files_as_they_were()
    {
        using TemporaryFolder folder = new();
        folder.Write("inputs_pack.npy", "old");
        folder.Write("inputs_sort.npy", "old");
        InMemoryDataset dataset = new([new TokenSequence([5, 6, 7], [5, 6, 7]), new TokenSequence([5, 0, 7], [5, 6, 7])]);
        MicroBatch Pack(params int[] indices) => new(indices, LengthLimit.None);

        Refuses("There is no pack", () => ReferenceExport.WritePacks(folder, dataset, []));
        Refuses("Pack 1 has 6 tokens; expected 1 to 5", () => ReferenceExport.WritePacks(folder, dataset, [Pack(0), Pack(0, 1)], length: 5));
        Refuses("Pack 0 has 0 tokens", () => ReferenceExport.WritePacks(folder, dataset, [Pack()]));
        Refuses("Pack 0 has sequence 2; the dataset has 2", () => ReferenceExport.WritePacks(folder, dataset, [Pack(2)]));
        Refuses("Pack 0 has sequence -1", () => ReferenceExport.WritePacks(folder, dataset, [Pack(-1)]));
        Refuses("deviceCount", () => ReferenceExport.WritePacks(folder, dataset, [Pack(0)], deviceCount: 0));
        Refuses("length", () => ReferenceExport.WritePacks(folder, dataset, [Pack(0)], length: 0));
        Refuses("folder", () => ReferenceExport.WritePacks("", dataset, [Pack(0)]));
        Refuses("Pack 0 has 3 tokens; expected 1 to 2", () => ReferenceExport.WriteSorted(folder, dataset, [Pack(0)], width: 3));
        Refuses("The token id 0 is in sequence 1", () => ReferenceExport.WriteSorted(folder, dataset, [Pack(0, 1)]));
        Refuses("The token id 0 is in sequence 1", () => ReferenceExport.WriteRows(folder, dataset));
        Assert.Equal(["inputs_pack.npy", "inputs_sort.npy"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetFiles(folder), file => Assert.Equal("old", File.ReadAllText(file)));

        static void Refuses(string message, Action write)
            => Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(write).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_does_not_grow_with_the_number_of_packs()
    {
        using TemporaryFolder folder = new();
        InMemoryDataset dataset = RandomData.Dataset(4, longest: 64);
        long Allocated(int packs)
        {
            MicroBatch[] plan = [.. Enumerable.Range(0, packs).Select(i => new MicroBatch(new[] { i % 4 }, LengthLimit.None))];
            long before = GC.GetAllocatedBytesForCurrentThread();
            ReferenceExport.WritePacks(folder, dataset, plan, length: 4096);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Allocated(1);
        long row = 4096 * (8 + 8 + 4);
        Assert.InRange(Allocated(400) - Allocated(4), 0, 400 * row / 20); // the text of the boundaries alone
    }

    private static void AssertRows(Npy inputs, Npy labels, InMemoryDataset dataset, int[] order)
    {
        int width = TestWidth(dataset);
        Assert.Equal([order.Length, width], inputs.Shape);
        Assert.Equal([order.Length, width], labels.Shape);
        for (int row = 0; row < order.Length; row++)
        {
            TokenSequence sequence = dataset[order[row]];
            Range own = (row * width)..((row + 1) * width);
            int[] ids = inputs.Int32()[own];
            Assert.Equal(sequence.Length, Array.IndexOf(ids, ids.Min())); // the reference's rule for the end of a row
            Assert.Equal(sequence.InputIds.ToArray(), ids[..sequence.Length]);
            Assert.Equal([TokenSequence.IgnoreIndex, .. sequence.Labels[1..]], labels.Int32()[own][..sequence.Length]);
            Assert.All(labels.Int32()[own][sequence.Length..], label => Assert.Equal(TokenSequence.IgnoreIndex, label));
        }

        static int TestWidth(InMemoryDataset dataset) => dataset.Lengths.ToArray().Max() + 1;
    }

    public enum PackingKind
    {
        BestFit,
        Sequential,
    }
}
