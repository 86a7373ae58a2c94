using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Core.Tests.Packing;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Batching;

/// <summary>The sorted file of the reference's sort_and_group.py.</summary>
[Trait("Category", "Golden")]
public sealed class SortingGoldenTests
{
    private static readonly PackingCase[] Cases = [.. Golden.ReadJson("packing", "cases.json").EnumerateArray().Select(c => new PackingCase(c))];

    public static TheoryData<string> StablySorted => Names(c => c.IsSortStable);

    public static TheoryData<string> Grouped => Names(c => c.SortOrder.Length > 0);

    public static TheoryData<string> Written => Names(c => c.Has("inputs_sort"));

    public static TheoryData<string> WithDroppedRows => Names(c => c.SortDroppedRows.Length > 0);

    public static TheoryData<string> WithTooFewRows => Names(c => c.SortOrder.Length == 0);

    [Theory]
    [MemberData(nameof(StablySorted))]
    public void Rows_are_sorted_as_the_reference_sorts_them(string name)
    {
        PackingCase golden = Case(name);
        int[] lengths = [.. Enumerable.Range(0, golden.RowLengths.Length).Select(golden.ReadLength)];
        Assert.Equal(golden.SortIndices, EpochSequences.SortByLength([.. Enumerable.Range(0, lengths.Length)], lengths));
    }

    [Theory]
    [MemberData(nameof(Grouped))]
    public void Groups_in_the_references_order_give_the_references_file(string name)
    {
        PackingCase golden = Case(name);
        int[] order = NeighbourGroups.Arrange(golden.SortIndices, golden.GroupSize, golden.GroupOrder, remainderAt: golden.GroupOrder.Length);
        Assert.Equal(golden.SortOrder, order[..golden.SortOrder.Length]);
        Assert.Equal(golden.SortDroppedRows, order[golden.SortOrder.Length..].Order());
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void A_collated_group_is_the_rows_of_the_file_without_common_padding(string name)
    {
        PackingCase golden = Case(name);
        long[] ids = golden.Read("inputs_sort").Int64();
        long[] labels = golden.Read("labels_sort").Int64();
        int width = ids.Length / golden.SortOrder.Length;
        for (int start = 0; start < golden.SortOrder.Length; start += golden.GroupSize)
        {
            int[] rows = golden.SortOrder[start..(start + golden.GroupSize)];
            if (rows.Any(row => golden.RowLengths[row] == 0))
            {
                continue; // an empty row is no sequence
            }

            InMemoryDataset dataset = new(rows.Select(row => golden.Sequence(row, golden.RowLengths[row])));
            using PaddedBatch batch = new PaddedBatchCollator(dataset).Collate(new MicroBatch(Enumerable.Range(0, rows.Length).ToArray(), LengthLimit.None));
            int columns = rows.Max(row => golden.RowLengths[row]);
            Assert.Equal([rows.Length, columns], batch.InputIds.shape);
            for (int row = 0; row < rows.Length; row++)
            {
                Range own = ((start + row) * width)..(((start + row) * width) + columns);
                Assert.Equal(ids[own], batch.InputIds[row].data<long>().ToArray());
                Assert.Equal(labels[own][1..], batch.Labels[row].data<long>().ToArray()[1..]);
            }
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(WithDroppedRows))]
    public void Departure_SG_3_an_incomplete_group_is_dropped_only_if_asked(string name)
    {
        PackingCase golden = Case(name);
        int[] lengths = golden.RowLengths;
        SortedBatchSampler keeps = new(lengths, batchSize: 1, seed: 1) { WorldSize = golden.GroupSize };
        Assert.Empty(keeps.GetLeftOut(0));
        Assert.Equal(lengths.Length, keeps.GetSteps(0).Sum(step => step.Totals.MicroBatchCount));
        SortedBatchSampler drops = new(lengths, batchSize: 1, seed: 1) { WorldSize = golden.GroupSize, UnevenEnd = UnevenEnd.Drop };
        Assert.Equal(golden.SortDroppedRows.Length, drops.GetLeftOut(0).Count);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(WithTooFewRows))]
    public void Departure_SG_3_fewer_rows_than_a_group_are_one_smaller_step(string name)
    {
        PackingCase golden = Case(name);
        SortedBatchSampler sampler = new(golden.RowLengths, batchSize: 1, seed: 1) { WorldSize = golden.GroupSize };
        Assert.Equal(golden.RowLengths.Length, Assert.Single(sampler.GetSteps(0)).Totals.MicroBatchCount);
    }

    private static TheoryData<string> Names(Func<PackingCase, bool> condition) => [.. Cases.Where(condition).Select(c => c.Name)];

    private static PackingCase Case(string name) => Cases.Single(c => c.Name == name);
}
