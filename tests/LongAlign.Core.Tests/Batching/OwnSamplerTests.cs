using CsCheck;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Core.Tests.Distributed;
using LongAlign.Core.Tests.Training;
using LongAlign.Packing;
using LongAlign.Sequences;
using LongAlign.Training;
using LongAlign.TrainingHost;
using TorchSharp;

namespace LongAlign.Core.Tests.Batching;

public sealed class OwnSamplerTests
{
    [Fact]
    public void Totals_count_the_targets_of_all_ranks_after_cutting() => (
        from dataset in Any.Dataset()
        from ranks in Gen.Int[1, 3]
        from sequences in Gen.Int[1, 4]
        from maxLength in Gen.Int[2, 12]
        from overlong in Gen.OneOf(Gen.Const(OverlongPolicy.TruncateLeft), Gen.Const(OverlongPolicy.TruncateRight))
        select (dataset, ranks, sequences, maxLength, overlong)).Sample(c =>
        {
            BatchStep[][] ranks = [.. Enumerable.Range(0, c.ranks).Select(rank =>
                new CurriculumSampler(c.dataset, c.sequences, c.maxLength, c.overlong) { WorldSize = c.ranks, Rank = rank }.GetSteps(0).ToArray())];
            Assert.Equal(Enumerable.Range(0, c.dataset.Count), ranks.SelectMany(steps => steps).SelectMany(step => step.MicroBatches).SelectMany(batch => batch.Indices.ToArray()).Order());
            for (int step = 0; step < ranks[0].Length; step++)
            {
                int[][] targets = [.. ranks.SelectMany(steps => steps[step].MicroBatches).Select(batch => batch.Indices.ToArray().Select(sequence => Targets(batch.Limit, sequence)).ToArray())];
                StepTotals expected = new(targets.Sum(batch => batch.Count(n => n > 0)), targets.Count(batch => batch.Sum() > 0), targets.Sum(batch => batch.Sum()));
                Assert.All(ranks, steps => Assert.Equal((step, expected), (steps[step].Index, steps[step].Totals)));
            }

            int Targets(LengthLimit limit, int sequence)
            {
                (int start, int length) = limit.Slice(c.dataset.Lengths[sequence]);
                return c.dataset.CountTargets(sequence, start, length);
            }
        });

    [Fact]
    public void A_run_goes_on_at_a_step_without_the_steps_before()
    {
        InMemoryDataset dataset = LongAlignTrainerTests.Counting(20);
        List<int> made = [];
        CurriculumSampler sampler = new(dataset, 3) { Making = made.Add };
        SamplerState state = sampler.GetState(1, 5);
        Assert.Empty(made);
        Assert.Equal(Fingerprint.Of(sampler.GetSteps(1).Skip(5)), Fingerprint.Of(sampler.GetSteps(state)));
        made.Clear();
        Assert.Equal(2, sampler.GetSteps(state).Count());
        Assert.Equal([5, 6], made);
        Assert.Contains("'curriculum, 3 sequences' in the state, 'curriculum, 4 sequences' here", Fault(new CurriculumSampler(dataset, 4)), StringComparison.Ordinal);
        Assert.Contains("data (hash", Fault(new CurriculumSampler(LongAlignTrainerTests.Counting(19), 3)), StringComparison.Ordinal);

        string Fault(BatchSampler other) => Assert.Throws<ArgumentException>(() => other.GetSteps(state)).Message;
    }

    [Fact]
    public void Uneven_ends_overlong_sequences_and_the_costliest_step_are_known()
    {
        InMemoryDataset dataset = LongAlignTrainerTests.Counting(20);
        CurriculumSampler dropping = new(dataset, 4, maxLength: 18, OverlongPolicy.Drop) { UnevenEnd = UnevenEnd.Drop };
        int[] seen = [.. dropping.GetSteps(0).SelectMany(step => step.MicroBatches).SelectMany(batch => batch.Indices.ToArray())];
        Assert.Equal(16, seen.Length); // two are too long, and two do not fill a step
        Assert.Equal(Enumerable.Range(0, 20).Except(seen), dropping.GetLeftOut(0));
        Assert.Empty(new CurriculumSampler(dataset, 3).GetLeftOut(0));
        Assert.NotEmpty(new CurriculumSampler(dataset, 3, maxLength: 10, OverlongPolicy.TruncateLeft).Truncated);

        int[][] steps = [.. new CurriculumSampler(dataset, 4) { CostliestFirst = true }.GetSteps(0).Select(step => step.MicroBatches[0].Indices.ToArray())];
        Assert.Equal(20, steps[0].Max(sequence => dataset.Lengths[sequence]));
        Assert.Equal(Enumerable.Range(0, 20), steps.SelectMany(step => step).Order());
    }

    [Fact]
    public void Micro_batches_that_would_make_the_totals_wrong_are_refused()
    {
        AssertRefused("micro-batch 0 of step 0 is for rank 1; expected a rank from 0 to 0", microBatch => microBatch with { Rank = 1 });
        AssertRefused("micro-batch 0 of step 0 has sequence 20; expected a sequence from 0 to 19", microBatch => microBatch with { Indices = new[] { 3, 20 } });
        AssertRefused("micro-batch 0 of step 0 has no sequence", microBatch => microBatch with { Indices = Array.Empty<int>() });
        AssertRefused("micro-batch 0 of step 0 has the limit", microBatch => microBatch with { Limit = new LengthLimit(9) });

        static void AssertRefused(string message, Func<MicroBatch, MicroBatch> spoil)
        {
            CurriculumSampler sampler = new(LongAlignTrainerTests.Counting(20), 3) { Spoil = spoil };
            Assert.Contains($"curriculum, 3 sequences: {message}", Assert.Throws<InvalidOperationException>(() => sampler.GetSteps(0).First()).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Two_ranks_train_as_one_does_on_the_same_steps()
    {
        InMemoryDataset dataset = LongAlignTrainerTests.Counting(11);
        (double[] Losses, float[] Weights)[] two = ThreadProcessGroup.Results(2, group => Train(
            builder => builder.UseProcessGroup(group).UseBatching(new CurriculumSampler(dataset, 2) { WorldSize = 2, Rank = group.Rank }, new PackedBatchCollator(dataset))));
        (double[] losses, float[] weights) = Train(builder => builder.UseBatching(new CurriculumSampler(dataset, 4), new PackedBatchCollator(dataset)));
        Assert.Equal(3, losses.Length);
        Assert.Equal(two[0].Weights, two[1].Weights);
        Assert.Equal(losses, two[0].Losses, (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal(weights, two[0].Weights, (a, b) => Math.Abs(a - b) < 1e-4);

        (double[] Losses, float[] Weights) Train(Action<LongAlignTrainerBuilder> configure)
        {
            using ToyModel model = new();
            LongAlignTrainerBuilder builder = LongAlignTrainerTests.Builder(model, dataset);
            configure(builder);
            TrainingResult result = builder.Build().TrainAsync(1).GetAwaiter().GetResult();
            return ([.. result.Losses], [.. model.parameters().SelectMany(parameter => parameter.data<float>().ToArray())]);
        }
    }

    [Fact]
    public async Task A_run_resumes_to_the_bit()
    {
        using TemporaryFolder folder = new();
        (string weights, TrainingResult straight) = await Train(_ => { });
        await Train(builder => builder.SaveCheckpoints(folder, everySteps: 4), stop: 7);
        (string resumedWeights, TrainingResult resumed) = await Train(builder => builder.ResumeFrom(folder));
        Assert.Equal(straight.Losses, resumed.Losses);
        Assert.Equal(weights, resumedWeights);

        static async Task<(string Weights, TrainingResult Result)> Train(Action<LongAlignTrainerBuilder> configure, int? stop = null)
        {
            torch.manual_seed(5);
            using DropoutDecoder model = new();
            using CancellationTokenSource source = new();
            InMemoryDataset dataset = TinyRun.Dataset();
            LongAlignTrainerTests.Recorder progress = new() { Then = report => { if (report.Step == stop) { source.Cancel(); } } };
            LongAlignTrainerBuilder builder = TinyRun.Builder(model, dataset, new CurriculumSampler(dataset, 6)).ReportProgress(progress);
            configure(builder);
            (TrainingResult result, _) = await builder.Build().TrainStepsAsync(12, source.Token).OrCancelled();
            return (TinyRun.Hash(model), result);
        }
    }
}
