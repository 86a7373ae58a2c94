using CsCheck;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Collation;

public sealed class PackedBatchCollatorTests
{
    private const long Ignored = TokenSequence.IgnoreIndex;

    [Fact]
    public void Totals_that_were_guessed_from_lengths_are_refused()
    {
        InMemoryDataset dataset = new([new TokenSequence([1, 2, 3], [-100, -100, 3]), new TokenSequence([1, 2], [-100, 2])]);
        BatchStep guessed = Assert.Single(new RandomBatchSampler(dataset.Lengths, 2, seed: 1).GetSteps(0));
        BatchStep known = Assert.Single(new RandomBatchSampler(dataset, 2, seed: 1).GetSteps(0));
        Assert.True(guessed.Totals.IsEstimate);
        Assert.Equal((3, 2), (guessed.Totals.TargetCount, known.Totals.TargetCount));
        foreach (IBatchCollator collator in new IBatchCollator[] { new PackedBatchCollator(dataset), new PaddedBatchCollator(dataset) })
        {
            ArgumentException error = Assert.Throws<ArgumentException>(() => collator.Collate(guessed.MicroBatches[0]));
            Assert.Contains("the constructor that takes the dataset", error.Message, StringComparison.Ordinal);
            using TrainingBatch batch = collator.Collate(known.MicroBatches[0]);
            Assert.Equal(known.Totals, batch.Totals);
            using TrainingBatch alone = collator.Collate(guessed.MicroBatches[0] with { Totals = null }); // counts for itself
            Assert.False(alone.Totals.IsEstimate);
        }
    }

    [Fact]
    public void A_pack_is_laid_out_as_in_its_drawing()
    {
        InMemoryDataset dataset = new([new TokenSequence([10, 11, 12], [-100, 11, 12]), new TokenSequence([20, 21], [20, 21])]);
        using PackedBatch batch = new PackedBatchCollator(dataset).Collate(Batch(0, 1));
        Assert.Equal([10, 11, 12, 20, 21], batch.InputIds.data<long>().ToArray());
        Assert.Equal([Ignored, 11, 12, Ignored, 21], batch.Labels.data<long>().ToArray());
        Assert.Equal([0, 1, 2, 0, 1], batch.PositionIds.data<long>().ToArray());
        Assert.Equal([0, 0.5f, 0.5f, 0, 1], batch.LossWeights.data<float>().ToArray());
        Assert.Equal([0, 3, 5], batch.CuSeqLens.ToArray());
        Assert.Equal(3, batch.MaxSeqLen);
        Assert.Equal(2, batch.SequenceCount);
        Assert.Equal(3, batch.TargetCount);
        Assert.Equal(5, batch.RealTokenCount);
        Assert.Equal(5, batch.TokenCount);
        Assert.Equal(new StepTotals(2, 1, 3), batch.Totals);
    }

    [Fact]
    public void Every_sequence_stands_whole_in_its_place() => Any.Dataset().Sample(
        dataset =>
        {
            int[] indices = [.. Enumerable.Range(0, dataset.Count).Reverse()];
            using PackedBatch batch = new PackedBatchCollator(dataset) { PadToMultipleOf = 8 }.Collate(Batch(indices));
            long[] ids = batch.InputIds.data<long>().ToArray();
            long[] labels = batch.Labels.data<long>().ToArray();
            long[] positions = batch.PositionIds.data<long>().ToArray();
            float[] weights = batch.LossWeights.data<float>().ToArray();
            for (int i = 0; i < indices.Length; i++)
            {
                TokenSequence sequence = dataset[indices[i]];
                Range own = batch.CuSeqLens[i]..batch.CuSeqLens[i + 1];
                Assert.Equal(sequence.InputIds.ToArray().Select(id => (long)id), ids[own]);
                Assert.Equal(sequence.Labels.ToArray().Skip(1).Select(label => (long)label).Prepend(Ignored), labels[own]);
                Assert.Equal(Enumerable.Range(0, sequence.Length).Select(t => (long)t), positions[own]);
                Assert.Equal(labels[own].Select(label => label == Ignored ? 0 : 1f / sequence.TargetCount), weights[own]);
                Assert.Equal(sequence.TargetCount > 0 ? 1 : 0, weights[own].Sum(), 1e-5);
            }

            int end = batch.CuSeqLens[^1];
            Assert.Equal(0, batch.TokenCount % 8);
            Assert.InRange(batch.Layout.PaddingCount, 0, 7);
            Assert.All(ids[end..], id => Assert.Equal(0, id));
            Assert.All(labels[end..], label => Assert.Equal(Ignored, label));
            Assert.All(positions[end..], position => Assert.Equal(0, position));
            Assert.All(weights[end..], weight => Assert.Equal(0, weight));
        },
        iter: 100,
        threads: 1);

    [Theory]
    [InlineData(false, new long[] { 1, 2, 3 }, new long[] { Ignored, 2, 3 })]
    [InlineData(true, new long[] { 3, 4, 5 }, new long[] { Ignored, 4, 5 })]
    public void A_sequence_that_is_too_long_is_cut_on_the_side_chosen(bool cutLeft, long[] ids, long[] labels)
    {
        InMemoryDataset dataset = new([new TokenSequence([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])]);
        using PackedBatch batch = new PackedBatchCollator(dataset).Collate(new MicroBatch(new[] { 0 }, new LengthLimit(3, cutLeft)));
        Assert.Equal(ids, batch.InputIds.data<long>().ToArray());
        Assert.Equal(labels, batch.Labels.data<long>().ToArray());
        Assert.Equal([0, 0.5f, 0.5f], batch.LossWeights.data<float>().ToArray());
    }

    [Fact]
    public void Given_totals_are_kept()
    {
        InMemoryDataset dataset = new([new TokenSequence([1, 2], [1, 2])]);
        StepTotals totals = new(7, 3, 99);
        using PackedBatch batch = new PackedBatchCollator(dataset).Collate(Batch(0) with { Totals = totals });
        Assert.Equal(totals, batch.Totals);
    }

    [Fact]
    public void A_batch_outlives_a_scope_and_ends_when_it_is_disposed()
    {
        InMemoryDataset dataset = new([new TokenSequence([1, 2], [1, 2])]);
        PackedBatchCollator collator = new(dataset);
        collator.Collate(Batch(0)).Dispose(); // from here on there are buffers of this size
        long before = Tensor.TotalCount;
        PackedBatch batch;
        using (NewDisposeScope())
        {
            batch = collator.Collate(Batch(0));
        }

        Assert.Equal(4, Tensor.TotalCount - before);
        Assert.Equal([1, 2], batch.InputIds.data<long>().ToArray());
        batch.MoveTo(CPU);
        Assert.Equal(4, Tensor.TotalCount - before);
        batch.Dispose();
        batch.Dispose();
        Assert.Throws<ObjectDisposedException>(() => batch.InputIds);
        Assert.Throws<ObjectDisposedException>(() => batch.MoveTo(CPU));
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_dataset_that_fails_leaves_no_tensor_behind()
    {
        IBatchCollator[] collators = [new PackedBatchCollator(new FailingDataset()), new PaddedBatchCollator(new FailingDataset())];
        Assert.All(collators, collator => Assert.Throws<IOException>(() => collator.Collate(Batch(0))));
        long before = Tensor.TotalCount;
        Assert.All(collators, collator => Assert.Throws<IOException>(() => collator.Collate(Batch(0))));
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Batches_alive_at_once_share_no_memory_and_reuse_does_not_show() => Gen.Select(Any.Dataset(), Gen.Int[0, 1_000].Array[1, 30]).Sample(
        (dataset, picks) =>
        {
            PackedBatchCollator collator = new(dataset);
            Queue<(int[] Indices, PackedBatch Batch)> alive = [];
            foreach (int pick in picks)
            {
                int[] indices = [.. Enumerable.Range(0, 1 + (pick % dataset.Count)).Select(i => (i + pick) % dataset.Count)];
                alive.Enqueue((indices, collator.Collate(Batch(indices))));
                if (pick % 3 == 0)
                {
                    Check(alive.Dequeue());
                }
            }

            while (alive.TryDequeue(out (int[], PackedBatch) left))
            {
                Check(left);
            }

            void Check((int[] Indices, PackedBatch Batch) made)
            {
                using PackedBatch batch = made.Batch;
                Assert.Equal(made.Indices.SelectMany(i => dataset[i].InputIds.ToArray()).Select(id => (long)id), batch.InputIds.data<long>().ToArray());
                Assert.Equal(made.Indices.SelectMany(i => Enumerable.Range(0, dataset.Lengths[i])).Select(t => (long)t), batch.PositionIds.data<long>().ToArray());
                Assert.Equal(made.Indices.Count(i => dataset.TargetCounts[i] > 0), batch.LossWeights.sum().ToDouble(), 1e-4);
            }
        },
        iter: 50,
        threads: 1);

    [Fact]
    public void A_batch_disposed_before_its_backward_pass_is_an_error_and_not_a_wrong_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        PackedBatchCollator collator = new(new InMemoryDataset([new TokenSequence([1, 2], [1, 2])]));
        Tensor embedding = ones(3, 2).requires_grad_(true);
        PackedBatch batch = collator.Collate(Batch(0));
        Tensor rows = embedding.index_select(0, batch.InputIds).sum();
        batch.Dispose();
        using PackedBatch next = collator.Collate(Batch(0));
        Assert.Contains("modified by an inplace operation", Assert.ThrowsAny<Exception>(() => rows.backward()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Managed_memory_of_a_batch_does_not_grow_with_its_tokens()
    {
        long Allocated(int length)
        {
            PackedBatchCollator collator = new(new InMemoryDataset([new TokenSequence(new int[length], new int[length])]));
            collator.Collate(Batch(0)).Dispose();
            MicroBatch one = Batch(0);
            long before = GC.GetAllocatedBytesForCurrentThread();
            collator.Collate(one).Dispose();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Allocated(10);
        Assert.InRange(Allocated(60_000), 0, Math.Max(4_096, Allocated(10)));
    }

    [Fact]
    public void Bad_input_is_named()
    {
        InMemoryDataset dataset = new([new TokenSequence([1, 2], [1, 2])]);
        PackedBatchCollator collator = new(dataset);
        Assert.Throws<ArgumentNullException>(() => new PackedBatchCollator(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PackedBatchCollator(dataset) { PadToMultipleOf = 0 });
        Assert.Contains("no sequence", Assert.Throws<ArgumentException>(() => collator.Collate(Batch())).Message, StringComparison.Ordinal);
        Assert.Contains(
            "Entry 1 of the micro-batch is sequence 1; the dataset has 1", Assert.Throws<ArgumentOutOfRangeException>(() => collator.Collate(Batch(0, 1))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => collator.Collate(Batch(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => collator.Collate(new MicroBatch(new[] { 0 }, default)));
    }

    private static MicroBatch Batch(params int[] indices) => new(indices, LengthLimit.None);

    private sealed class FailingDataset : ISequenceDataset
    {
        public int Count => 1;

        public ReadOnlySpan<int> Lengths => new[] { 3 };

        public ReadOnlySpan<int> TargetCounts => new[] { 2 };

        public int CountTargets(int index, int start, int length) => length - 1;

        public void CopyTo(int index, int start, Span<long> inputIds, Span<long> labels) => throw new IOException("The file is gone.");
    }
}
