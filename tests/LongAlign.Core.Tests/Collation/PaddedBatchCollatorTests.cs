using CsCheck;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Sequences;
using TorchSharp;

namespace LongAlign.Core.Tests.Collation;

public sealed class PaddedBatchCollatorTests
{
    private const long Ignored = TokenSequence.IgnoreIndex;

    [Fact]
    public void Rows_are_padded_on_the_right_to_the_longest()
    {
        InMemoryDataset dataset = new([new TokenSequence([10, 11], [10, 11]), new TokenSequence([20, 21, 22], [-100, -100, 22])]);
        using PaddedBatch batch = new PaddedBatchCollator(dataset).Collate(Batch(0, 1));
        Assert.Equal([2, 3], batch.InputIds.shape);
        Assert.Equal([10, 11, 0, 20, 21, 22], batch.InputIds.data<long>().ToArray());
        Assert.Equal([Ignored, 11, Ignored, Ignored, Ignored, 22], batch.Labels.data<long>().ToArray());
        Assert.Equal([0, 1, 0, 0, 1, 2], batch.PositionIds.data<long>().ToArray());
        Assert.Equal([0, 1, 0, 0, 0, 1], batch.LossWeights.data<float>().ToArray());
        Assert.Equal([2, 3], batch.Lengths.ToArray());
        Assert.Equal(5, batch.RealTokenCount);
        Assert.Equal(6, batch.TokenCount);
        Assert.Equal([0, 3, 6], batch.Layout.CuSeqLens.ToArray());
        Assert.Equal(new StepTotals(2, 1, 2), batch.Totals);
    }

    [Fact]
    public void A_padded_batch_holds_what_a_pack_holds() => Any.Dataset().Sample(
        dataset =>
        {
            MicroBatch all = Batch([.. Enumerable.Range(0, dataset.Count)]);
            using PaddedBatch rows = new PaddedBatchCollator(dataset).Collate(all);
            using PackedBatch pack = new PackedBatchCollator(dataset).Collate(all);
            Assert.Equal(pack.Totals, rows.Totals);
            Assert.Equal(pack.RealTokenCount, rows.RealTokenCount);
            Assert.Equal(dataset.Count * dataset.Lengths.ToArray().Max(), rows.TokenCount);
            for (int row = 0; row < dataset.Count; row++)
            {
                Range own = pack.CuSeqLens[row]..pack.CuSeqLens[row + 1];
                int length = rows.Lengths[row];
                Assert.Equal(pack.InputIds.data<long>().ToArray()[own], rows.InputIds[row].data<long>().ToArray()[..length]);
                Assert.Equal(pack.Labels.data<long>().ToArray()[own], rows.Labels[row].data<long>().ToArray()[..length]);
                Assert.Equal(pack.LossWeights.data<float>().ToArray()[own], rows.LossWeights[row].data<float>().ToArray()[..length]);
            }
        },
        iter: 50,
        threads: 1);

    [Fact]
    public void Bad_input_is_named()
    {
        PaddedBatchCollator collator = new(new InMemoryDataset([new TokenSequence([1, 2], [1, 2])]));
        Assert.Throws<ArgumentNullException>(() => new PaddedBatchCollator(null!));
        Assert.Contains("no sequence", Assert.Throws<ArgumentException>(() => collator.Collate(Batch())).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => collator.Collate(Batch(1)));
    }

    private static MicroBatch Batch(params int[] indices) => new(indices, LengthLimit.None);
}
