using CsCheck;
using LongAlign.Batching;
using LongAlign.Losses;
using LongAlign.Packing;
using LongAlign.Sequences;
using LongAlign.Training;
using LongAlign.Training.Checkpoints;
using LongAlign.TrainingHost;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training.Checkpoints;

public sealed class ResumeTests
{
    private static readonly Action<LongAlignTrainerBuilder>[] Batchings =
    [
        builder => builder.UsePacking(packing => packing.Capacity = 40),
        builder => builder.UsePacking(packing => (packing.Capacity, packing.Composition, packing.CostliestFirst) = (40, StepComposition.Random, true)),
        builder => builder.UsePacking(packing => (packing.Capacity, packing.PacksFirst, packing.ExchangeEqualLengths) = (30, PackingAlgorithm.BestFitDecreasing, true)),
        builder => builder.UseSortedBatching(batching => batching.BatchSize = 4),
        builder => builder.UseNaiveBatching(batching => (batching.BatchSize, batching.UnevenEnd) = (4, UnevenEnd.Repeat)),
    ];

    /// <summary>Promise 3: exactly the batches, exactly the weights.</summary>
    [Fact]
    [Trait("Speed", "Slow")]
    public void A_run_that_is_cancelled_and_resumed_equals_one_that_never_stopped() =>
        (from batching in Gen.Int[0, Batchings.Length - 1]
         from accumulation in Gen.Int[1, 3]
         from mixed in Gen.Bool
         from every in Gen.Int[1, 4]
         from total in Gen.Int[3, 24]
         from stops in Gen.Int[1, total - 1].HashSet[1, 2]
         select (batching, accumulation, mixed, every, total, stops)).Sample(
            c =>
            {
                using TemporaryFolder folder = new();
                (string Weights, TrainingResult Result, bool _) straight = Train(seed: 5, _ => { });
                foreach (int stop in c.stops.Order())
                {
                    (_, TrainingResult cancelled, bool isCancelled) = Train(seed: 5 + stop, builder => builder.SaveCheckpoints(folder, c.every).ResumeFrom(folder, orBegin: stop == c.stops.Min()), stop);
                    Assert.True(isCancelled);
                    Assert.Equal(stop, cancelled.Steps);
                    Assert.Equal($"checkpoint-{stop:D8}", Path.GetFileName(cancelled.Checkpoint));
                }

                (string Weights, TrainingResult Result, bool IsCancelled) resumed = Train(seed: 99, builder => builder.SaveCheckpoints(folder, c.every).ResumeFrom(folder));
                Assert.Equal(straight.Result.Losses, resumed.Result.Losses);
                Assert.Equal(straight.Weights, resumed.Weights);
                Assert.Equal((straight.Result.Tokens, straight.Result.PaddingTokens, straight.Result.TargetTokens, straight.Result.Sequences), (resumed.Result.Tokens, resumed.Result.PaddingTokens, resumed.Result.TargetTokens, resumed.Result.Sequences));
                Assert.True(resumed is { IsCancelled: false, Result.SkippedSteps: 0 });

                (string, TrainingResult, bool) Train(int seed, Action<LongAlignTrainerBuilder> configure, int? stop = null)
                {
                    // Only the first process seeds as the straight run does; the others must find their random state in the checkpoint.
                    manual_seed(stop == c.stops.Min() ? 5 : seed);
                    using DropoutDecoder model = new();
                    using CancellationTokenSource source = new();
                    LongAlignTrainerTests.Recorder progress = new() { Then = report => { if (report.Step == stop) { source.Cancel(); } } };
                    LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(TinyRun.Dataset()).UseGradientAccumulation(c.accumulation)
                        .UseLossWeighting().UseAdamW(learningRate: 0.02, weightDecay: 0.01).UseCosineSchedule(warmupRatio: 0.1).UseGradientClipping(1).ReportProgress(progress);
                    Batchings[c.batching](builder);
                    if (c.mixed)
                    {
                        builder.UseMixedPrecision();
                    }

                    configure(builder);
                    (TrainingResult result, bool isCancelled) = builder.Build().TrainStepsAsync(c.total, source.Token).OrCancelled().GetAwaiter().GetResult();
                    return (TinyRun.Hash(model), result, isCancelled);
                }
            },
            iter: 12,
            threads: 1);

    /// <summary>Patience counts evaluations, so those of before must come back; so must the best of them.</summary>
    [Theory]
    [InlineData(3, 5)]
    [InlineData(4, 6)]
    [InlineData(2, 8)]
    public async Task Evaluations_go_on_where_they_were(int stop, int patience)
    {
        using TemporaryFolder folder = new();
        TrainingResult straight = await Train(_ => { });
        TrainingResult cancelled = await Train(builder => builder.SaveCheckpoints(folder, everySteps: 2), stop);
        TrainingResult resumed = await Train(builder => builder.SaveCheckpoints(folder, everySteps: 2).ResumeFrom(folder));
        Assert.Equal(Losses(straight), Losses(resumed));
        Assert.Equal(straight.BestEvaluation!.Step, resumed.BestEvaluation!.Step);
        Assert.Equal((straight.Steps, straight.IsStoppedEarly), (resumed.Steps, resumed.IsStoppedEarly));
        Assert.True(straight.IsStoppedEarly);
        Assert.True(cancelled.Evaluations.Count < straight.Evaluations.Count);

        static (int, double)[] Losses(TrainingResult result) => [.. result.Evaluations.Select(evaluation => (evaluation.Step, evaluation.Loss))];

        async Task<TrainingResult> Train(Action<LongAlignTrainerBuilder> configure, int? stop = null)
        {
            manual_seed(5);
            using DropoutDecoder model = new();
            using CancellationTokenSource source = new();
            InMemoryDataset dataset = TinyRun.Dataset();
            LongAlignTrainerTests.Recorder progress = new() { Then = report => { if (report.Step == stop) { source.Cancel(); } } };
            LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(dataset).UsePacking(packing => packing.Capacity = 40)
                .UseLossWeighting().UseAdamW(learningRate: 0.02).ReportProgress(progress)
                .EvaluateEvery(1, dataset, options => (options.Patience, options.MinImprovement) = (patience, 10));
            configure(builder);
            return (await builder.Build().TrainStepsAsync(12, source.Token).OrCancelled()).Result;
        }
    }

    [Fact]
    public async Task Cancelling_in_the_middle_of_a_step_saves_the_last_whole_one()
    {
        using TemporaryFolder folder = new();
        (string weights, TrainingResult straight) = await Train(steps: 8, _ => { });
        using CancellationTokenSource source = new();
        using (DropoutDecoder model = new() { Forwarding = number => { if (number == 7) { source.Cancel(); } } })
        {
            // Two micro-batches a step: the seventh forward pass is the first of step 4.
            manual_seed(5);
            LongAlignTrainer trainer = TinyRun.Builder(model, TinyRun.Dataset()).SaveCheckpoints(folder, everySteps: 100).Build();
            TrainingCanceledException error = await Assert.ThrowsAsync<TrainingCanceledException>(() => trainer.TrainStepsAsync(8, source.Token));
            Assert.Equal(source.Token, error.CancellationToken);
            Assert.StartsWith("The run was cancelled after 3 of 8 steps; ", error.Message, StringComparison.Ordinal);
            TrainingResult cancelled = error.Result!;
            Assert.Equal(straight.Losses.Take(3), cancelled.Losses);
            Assert.Equal($"checkpoint-{3:D8}", Path.GetFileName(cancelled.Checkpoint));
            Assert.All(model.parameters(), parameter => Assert.True(parameter.grad is null || parameter.grad.count_nonzero().ToInt64() == 0));
        }

        (string resumedWeights, TrainingResult resumed) = await Train(steps: 8, builder => builder.ResumeFrom(folder), seed: 6);
        Assert.Equal(straight.Losses, resumed.Losses);
        Assert.Equal(straight.Tokens, resumed.Tokens);
        Assert.Equal(weights, resumedWeights);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(3)]
    public async Task A_run_goes_on_for_more_steps_where_its_schedule_does_not_ask_for_their_number(int first)
    {
        using TemporaryFolder folder = new();
        Action<LongAlignTrainerBuilder> constant = builder => builder.UseConstantSchedule(warmupSteps: 2);
        (string weights, TrainingResult straight) = await Run(constant, 8);
        await Run(builder => constant(builder.SaveCheckpoints(folder, everySteps: 2)), first);
        (string resumedWeights, TrainingResult resumed) = await Run(builder => constant(builder.ResumeFrom(folder)), 8);
        Assert.Equal(straight.Losses, resumed.Losses);
        Assert.Equal(weights, resumedWeights);

        using TemporaryFolder other = new();
        Action<LongAlignTrainerBuilder> cosine = builder => builder.UseCosineSchedule();
        await Run(builder => cosine(builder.SaveCheckpoints(other, everySteps: 2)), first);
        string fault = (await Assert.ThrowsAsync<CheckpointException>(() => Run(builder => cosine(builder.ResumeFrom(other)), 8))).Message;
        Assert.Contains($"total steps: '{first}' in the checkpoint, '8' here", fault, StringComparison.Ordinal);
        Assert.Contains("a constant schedule, with a warm-up in steps, allows any number of steps", fault, StringComparison.Ordinal);

        static async Task<(string, TrainingResult)> Run(Action<LongAlignTrainerBuilder> configure, int steps)
        {
            manual_seed(5);
            using DropoutDecoder model = new();
            LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(TinyRun.Dataset()).UsePacking(packing => packing.Capacity = 40).UseAdamW(0.02);
            configure(builder);
            TrainingResult result = await builder.Build().TrainStepsAsync(steps);
            return (TinyRun.Hash(model), result);
        }
    }

    [Fact]
    public async Task A_finished_run_resumes_to_its_result()
    {
        using TemporaryFolder folder = new();
        (string weights, TrainingResult done) = await Train(steps: 5, builder => builder.SaveCheckpoints(folder, everySteps: 2));
        (string again, TrainingResult resumed) = await Train(steps: 5, builder => builder.SaveCheckpoints(folder, everySteps: 2).ResumeFrom(folder));
        Assert.Equal(weights, again);
        Assert.Equal(done.Losses, resumed.Losses);
        Assert.Equal(done.Tokens, resumed.Tokens);
    }

    [Fact]
    public async Task Buffers_are_restored()
    {
        using TemporaryFolder folder = new();
        using (DropoutDecoder model = new())
        {
            model.Scale.fill_(1.25);
            await TinyRun.Builder(model, TinyRun.Dataset()).SaveCheckpoints(folder, everySteps: 2).Build().TrainStepsAsync(2);
        }

        using DropoutDecoder resumed = new();
        await TinyRun.Builder(resumed, TinyRun.Dataset()).ResumeFrom(folder).Build().TrainStepsAsync(2);
        Assert.All(resumed.Scale.data<float>(), value => Assert.Equal(1.25f, value));
    }

    [Fact]
    public async Task A_path_of_one_checkpoint_goes_on_from_that_one()
    {
        using TemporaryFolder folder = new();
        (string weights, _) = await Train(steps: 6, builder => builder.SaveCheckpoints(folder, everySteps: 2));
        ListLogger logger = new();
        (string again, _) = await Train(steps: 6, builder => builder.ResumeFrom(folder.File("checkpoint-00000002") + "/").UseLogger(logger), seed: 6);
        Assert.Equal(weights, again);
        Assert.Contains(logger.Messages, message => message.EndsWith("after step 2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Other_data_and_options_are_refused_with_all_differences()
    {
        using TemporaryFolder folder = new();
        await Train(steps: 4, builder => builder.SaveCheckpoints(folder, everySteps: 2));
        InMemoryDataset other = TinyRun.Dataset(count: 29, shift: 1);
        using DropoutDecoder model = new(width: 10);
        model.parameters().First().requires_grad_(false);
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(other).UseSortedBatching().UseSeed(4).UseAdamW(1e-3, 0.8, 0.9, 1e-7, 0.1)
            .UseLossWeighting(LossReduction.PackMean).UseLinearSchedule(warmupSteps: 3).UseGradientClipping(2).UseMixedPrecision().ResumeFrom(folder);
        CheckpointException error = await Assert.ThrowsAsync<CheckpointException>(() => builder.Build().TrainStepsAsync(7));
        string[] expected =
        [
            "checkpoint-00000004 belongs to another run",
            "sampler: 'packed, 2 micro-batches a step on each rank'", "data (hash", "plan (hash", "seed: '3' in the state, '4' here", "uneven end: 'Drop'",
            "loss: 'SequenceMean' in the checkpoint, 'PackMean' here", "learning rate: '0.02' in the checkpoint, '0.001' here", "beta1: '0.9'", "beta2: '0.95'", "epsilon: '1E-08'", "weight decay: '0.01'",
            "schedule: 'cosine(warmup-ratio=0.1, warmup-steps=0, least-factor=0)' in the checkpoint, 'linear(warmup-ratio=0, warmup-steps=3, least-factor=0)' here", "largest gradient norm: '1' in the checkpoint, '2' here",
            "mixed precision: 'False'", "total steps: '4' in the checkpoint, '7' here", "collator: 'PackedBatchCollator'", "tokens (hash",
            "parameter embedding: 'Float32 [13, 8]' in the checkpoint, 'frozen Float32 [13, 10]' here", "parameter rare: 'Float32 [8]'",
        ];
        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Other_tokens_of_the_same_lengths_are_refused()
    {
        using TemporaryFolder folder = new();
        await Train(steps: 2, builder => builder.SaveCheckpoints(folder, everySteps: 2));
        using DropoutDecoder model = new();
        CheckpointException error = await Assert.ThrowsAsync<CheckpointException>(
            () => TinyRun.Builder(model, TinyRun.Dataset(shift: 1)).ResumeFrom(folder).Build().TrainStepsAsync(2));
        Assert.Equal(2, error.Message.Split(Environment.NewLine).Length);
        Assert.Contains("tokens (hash of some sequences)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sampler_of_ones_own_resumes_as_well()
    {
        using TemporaryFolder folder = new();
        InMemoryDataset dataset = TinyRun.Dataset();
        async Task<TrainingResult> Run(Action<LongAlignTrainerBuilder> configure, ulong seed = 3, int? stop = null)
        {
            manual_seed(5);
            using DropoutDecoder model = new();
            using CancellationTokenSource source = new();
            LongAlignTrainerBuilder builder = TinyRun.Builder(model, dataset, new Wrapped(TinyRun.Sampler(dataset, seed)))
                .ReportProgress(new LongAlignTrainerTests.Recorder { Then = report => { if (report.Step == stop) { source.Cancel(); } } });
            configure(builder);
            return (await builder.Build().TrainStepsAsync(30, source.Token).OrCancelled()).Result;
        }

        TrainingResult straight = await Run(_ => { });
        await Run(builder => builder.SaveCheckpoints(folder, everySteps: 100), stop: 11);
        Assert.Equal(straight.Losses, (await Run(builder => builder.ResumeFrom(folder))).Losses);
        CheckpointException error = await Assert.ThrowsAsync<CheckpointException>(() => Run(builder => builder.ResumeFrom(folder), seed: 4));
        Assert.Contains("steps of the first epoch", error.Message, StringComparison.Ordinal);
    }

    private static async Task<(string Weights, TrainingResult Result)> Train(int steps, Action<LongAlignTrainerBuilder> configure, int seed = 5)
    {
        manual_seed(seed);
        using DropoutDecoder model = new();
        LongAlignTrainerBuilder builder = TinyRun.Builder(model, TinyRun.Dataset());
        configure(builder);
        TrainingResult result = await builder.Build().TrainStepsAsync(steps);
        return (TinyRun.Hash(model), result);
    }

    private sealed class Wrapped(IBatchSampler inner) : IBatchSampler
    {
        public int StepsPerEpoch => inner.StepsPerEpoch;

        public IEnumerable<BatchStep> GetSteps(int epoch) => inner.GetSteps(epoch);

        public IReadOnlyList<int> GetLeftOut(int epoch) => inner.GetLeftOut(epoch);
    }
}
