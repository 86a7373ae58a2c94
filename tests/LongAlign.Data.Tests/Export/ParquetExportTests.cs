using LongAlign.Collation;
using LongAlign.Data.Export;
using LongAlign.Packing;
using LongAlign.Sequences;
using Parquet;
using Parquet.Schema;

namespace LongAlign.Data.Tests.Export;

public sealed class ParquetExportTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(150)]
    [InlineData(1 << 20)]
    public async Task A_row_holds_what_our_batch_of_the_pack_holds(int groupTokens)
    {
        using TemporaryFolder folder = new();
        InMemoryDataset dataset = RandomData.Dataset(60, longest: 40);
        PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(dataset.Lengths, 64);
        string path = folder.File("packs.parquet");
        await ParquetExport.WriteAsync(path, dataset, plan, groupTokens);

        await using ParquetReader reader = await ParquetReader.CreateAsync(path);
        Assert.Equal(["input_ids", "labels", "position_ids", "loss_weights", "cu_seqlens"], reader.Schema.Fields.Select(field => field.Name));
        Assert.True(groupTokens != 1 || reader.RowGroupCount == plan.Count);
        List<long[]> ids = await Read<long>(reader, 0);
        List<long[]> labels = await Read<long>(reader, 1);
        List<long[]> positions = await Read<long>(reader, 2);
        List<float[]> weights = await Read<float>(reader, 3);
        List<int[]> cuSeqLens = await Read<int>(reader, 4);
        Assert.Equal(plan.Count, ids.Count);
        for (int pack = 0; pack < plan.Count; pack++)
        {
            using PackedBatch batch = new PackedBatchCollator(dataset).Collate(plan[pack]);
            Assert.Equal(batch.InputIds.data<long>().ToArray(), ids[pack]);
            Assert.Equal(batch.Labels.data<long>().ToArray(), labels[pack]);
            Assert.Equal(batch.PositionIds.data<long>().ToArray(), positions[pack]);
            Assert.Equal(batch.LossWeights.data<float>().ToArray(), weights[pack]);
            Assert.Equal(batch.CuSeqLens.ToArray(), cuSeqLens[pack]);
        }
    }

    [Fact]
    public async Task Bad_packs_and_cancellation_leave_the_file_as_it_was()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("packs.parquet", "old");
        InMemoryDataset dataset = RandomData.Dataset(4, longest: 8);
        await Assert.ThrowsAsync<ArgumentException>(() => ParquetExport.WriteAsync(path, dataset, []));
        await Assert.ThrowsAsync<ArgumentException>(() => ParquetExport.WriteAsync(path, dataset, [new MicroBatch(new[] { 4 }, LengthLimit.None)]));
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();
        PackingPlan plan = PackingAlgorithm.Sequential.Pack(dataset.Lengths, 8);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ParquetExport.WriteAsync(path, dataset, plan, cancelled.Token));
        Assert.Equal("old", await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(folder))));
    }

    /// <summary>The lists of a column over all row groups; a repetition level of 0 begins a list.</summary>
    private static async Task<List<T[]>> Read<T>(ParquetReader reader, int column)
        where T : struct
    {
        List<List<T>> lists = [];
        DataField field = reader.Schema.DataFields[column];
        for (int i = 0; i < reader.RowGroupCount; i++)
        {
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(i);
            int count = checked((int)group.GetMetadata(field)!.MetaData!.NumValues);
            T[] values = new T[count];
            int[] levels = new int[count];
            await group.ReadRawAsync<T>(field, values, new int[count], levels);
            for (int v = 0; v < count; v++)
            {
                if (levels[v] == 0)
                {
                    lists.Add([]);
                }

                lists[^1].Add(values[v]);
            }
        }

        return [.. lists.Select(list => list.ToArray())];
    }
}
