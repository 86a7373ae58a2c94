using CsCheck;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Collation;

public sealed class BatchLoaderTests
{
    [Fact]
    public void Batches_come_in_the_samplers_order_whatever_the_number_ahead() =>
        (from dataset in Any.Dataset(maxSequences: 30)
         from ahead in Gen.Int[1, 5]
         from accumulation in Gen.Int[1, 4]
         from rank in Gen.Int[0, 2]
         select (dataset, ahead, accumulation, rank)).Sample(
        c =>
        {
            RandomBatchSampler sampler = new(c.dataset, 2) { AccumulationSteps = c.accumulation, WorldSize = 3, Rank = c.rank };
            PackedBatchCollator collator = new(c.dataset);
            using BatchLoader loader = new(sampler.GetSteps(1), collator, c.ahead);
            List<string> steps = [];
            foreach (LoadedStep step in loader.GetSteps())
            {
                Assert.Equal(step.Step.MicroBatches.Select(b => IdsOf(collator.Collate(b))), step.Batches.Select(IdsOf));
                steps.Add(Describe(step.Step));
            }

            Assert.Equal(sampler.GetSteps(1).Select(Describe), steps);
        },
        iter: 50,
        threads: 1);

    [Fact]
    public void Stopping_early_or_passing_batches_over_leaves_no_tensor_behind()
    {
        InMemoryDataset dataset = Dataset(40);
        RandomBatchSampler sampler = new(dataset, 2) { AccumulationSteps = 3 };
        PackedBatchCollator collator = new(dataset);
        int[] counts = [.. Enumerable.Range(0, 6).Select(_ => Live())];

        // The first rounds make the buffers that are kept.
        Assert.Equal(counts[^2], counts[^1]);

        int Live()
        {
            for (int taken = 0; taken < 4; taken++)
            {
                using BatchLoader loader = new(sampler.GetSteps(0), collator);
                foreach (LoadedStep step in loader.GetSteps().Take(2))
                {
                    foreach (TrainingBatch batch in step.Batches.Take(taken))
                    {
                        batch.Dispose();
                    }
                }
            }

            using (BatchLoader unused = new(sampler.GetSteps(0), collator))
            {
            }

            return (int)Tensor.TotalCount;
        }
    }

    [Fact]
    public void A_fault_comes_out_where_its_batch_would_have_come()
    {
        InMemoryDataset dataset = Dataset(5);
        BatchStep Step(int index, params int[] sequences)
            => new(index, [.. sequences.Select(i => new MicroBatch(new[] { i }, LengthLimit.None))], new StepTotals(1, 1, 1));
        using BatchLoader loader = new([Step(0, 0), Step(1, 1, 77), Step(2, 2)], new PackedBatchCollator(dataset), ahead: 4);
        int batches = 0;
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() =>
        {
            foreach (LoadedStep step in loader.GetSteps())
            {
                foreach (TrainingBatch batch in step.Batches)
                {
                    batch.Dispose();
                    batches++;
                }
            }
        });
        Assert.Contains("sequence 77", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, batches);
    }

    [Fact]
    public void A_fault_of_the_sampler_comes_out_after_the_steps_before_it()
    {
        InMemoryDataset dataset = Dataset(8);
        IEnumerable<BatchStep> steps = new RandomBatchSampler(dataset, 2).GetSteps(0).Select(step => step.Index < 2 ? step : throw new IOException("The index is gone."));
        using BatchLoader loader = new(steps, new PackedBatchCollator(dataset));
        using IEnumerator<LoadedStep> loaded = loader.GetSteps().GetEnumerator();
        Assert.True(loaded.MoveNext());
        Assert.True(loaded.MoveNext());
        Assert.Equal("The index is gone.", Assert.Throws<IOException>(() => loaded.MoveNext()).Message);
    }

    [Fact]
    public void Cancelling_ends_the_steps()
    {
        using CancellationTokenSource source = new();
        InMemoryDataset dataset = Dataset(40);
        using BatchLoader loader = new(new RandomBatchSampler(dataset, 1).GetSteps(0), new PackedBatchCollator(dataset), cancellationToken: source.Token);
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (LoadedStep step in loader.GetSteps())
            {
                source.Cancel();
            }
        });
    }

    [Fact]
    public void The_time_in_which_the_consumer_waited_is_counted()
    {
        InMemoryDataset dataset = Dataset(3);
        IEnumerable<BatchStep> slow = new RandomBatchSampler(dataset, 1).GetSteps(0).Select(step =>
        {
            Thread.Sleep(30);
            return step;
        });
        using BatchLoader loader = new(slow, new PackedBatchCollator(dataset));
        foreach (LoadedStep step in loader.GetSteps())
        {
            step.Batches.Single().Dispose();
        }

        Assert.InRange(loader.WaitingTime, TimeSpan.FromMilliseconds(60), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Misuse_is_refused()
    {
        InMemoryDataset dataset = Dataset(2);
        RandomBatchSampler sampler = new(dataset, 1);
        PackedBatchCollator collator = new(dataset);
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchLoader(sampler.GetSteps(0), collator, ahead: 0));
        Assert.Throws<ArgumentNullException>(() => new BatchLoader(null!, collator));
        Assert.Throws<ArgumentNullException>(() => new BatchLoader(sampler.GetSteps(0), null!));
        using BatchLoader loader = new(sampler.GetSteps(0), collator);
        loader.GetSteps();
        Assert.Throws<InvalidOperationException>(() => loader.GetSteps());
    }

    private static InMemoryDataset Dataset(int count) => new(Enumerable.Range(0, count).Select(i => new TokenSequence([i, i + 1], [-100, i + 1])));

    private static string Describe(BatchStep step) => $"{step.Index} {step.Totals} {Fingerprint.Of(step.MicroBatches)}";

    private static string IdsOf(TrainingBatch batch)
    {
        using TrainingBatch own = batch;
        return string.Join(' ', own.InputIds.data<long>().ToArray());
    }
}
