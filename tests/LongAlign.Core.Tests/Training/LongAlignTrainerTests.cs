using LongAlign.Batching;
using LongAlign.Losses;
using LongAlign.Packing;
using LongAlign.Sequences;
using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

public sealed class LongAlignTrainerTests
{
    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Training_lowers_the_loss_with_every_batching()
    {
        Action<LongAlignTrainerBuilder>[] batchings =
        [
            builder => builder.UseNaiveBatching(batching => batching.BatchSize = 4).UseLossWeighting(),
            builder => builder.UseSortedBatching(batching => batching.BatchSize = 4).UseLossWeighting(LossReduction.TokenMean),
            builder => builder.UsePacking(packing => packing.Capacity = 64),
            builder => builder.UsePacking(packing => (packing.Capacity, packing.PacksFirst) = (64, PackingAlgorithm.Sequential)).UseLossWeighting(LossReduction.PackMean),
            builder => builder.UsePacking(packing => packing.Capacity = 64).UseLossWeighting().UseGradientAccumulation(2),
        ];
        foreach (Action<LongAlignTrainerBuilder> batching in batchings)
        {
            using ToyModel model = new();
            LongAlignTrainerBuilder builder = Builder(model, Counting(40));
            batching(builder);
            TrainingResult result = await builder.Build().TrainAsync(epochs: 12);
            Assert.True(result.FinalLoss < 0.5 * result.Losses[0], $"{result.Losses[0]} -> {result.FinalLoss}");
            Assert.Equal(12 * 40, result.Sequences);
            Assert.Equal(12L * Counting(40).Lengths.ToArray().Sum(), result.Tokens);
        }
    }

    [Fact]
    public async Task The_step_does_not_depend_on_how_its_sequences_fell_into_micro_batches()
    {
        List<double[]> losses = [];
        List<float[]> weights = [];
        foreach (Action<LongAlignTrainerBuilder> batching in new Action<LongAlignTrainerBuilder>[]
        {
            builder => builder.UseNaiveBatching(options => options.BatchSize = 12),
            builder => builder.UseNaiveBatching(options => options.BatchSize = 3).UseGradientAccumulation(4),
            builder => builder.UseSortedBatching(options => options.BatchSize = 4).UseGradientAccumulation(3),
            builder => builder.UsePacking(options => options.Capacity = 200),
            builder => builder.UsePacking(options => options.Capacity = 24).UseGradientAccumulation(12),
        })
        {
            using ToyModel model = new();
            LongAlignTrainerBuilder builder = Builder(model, Counting(12)).UseLossWeighting();
            batching(builder);
            TrainingResult result = await builder.Build().TrainAsync(epochs: 4);
            losses.Add([.. result.Losses]);
            weights.Add([.. model.parameters().SelectMany(parameter => parameter.data<float>().ToArray())]);
        }

        Assert.All(losses, loss => Assert.Equal(losses[0], loss, (a, b) => Math.Abs(a - b) < 1e-4));
        Assert.All(weights, weight => Assert.Equal(weights[0], weight, (a, b) => Math.Abs(a - b) < 1e-3));
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_weights_to_the_bit()
    {
        async Task<float[]> Train(ulong seed)
        {
            using ToyModel model = new();
            await Builder(model, Counting(30)).UsePacking(packing => packing.Capacity = 64).UseSeed(seed).Build().TrainAsync(2);
            return [.. model.parameters().SelectMany(parameter => parameter.data<float>().ToArray())];
        }

        float[] weights = await Train(1);
        Assert.Equal(weights, await Train(1));
        Assert.NotEqual(weights, await Train(2));
    }

    [Fact]
    public async Task Progress_and_result_count_tokens_padding_and_targets()
    {
        InMemoryDataset dataset = new([Sequence(3, 1), Sequence(7, 2), Sequence(5, 5)]);
        using ToyModel model = new();
        Recorder progress = new();
        TrainingResult result = await Builder(model, dataset)
            .UseSortedBatching(batching => batching.BatchSize = 3)
            .UseLinearSchedule(warmupSteps: 1)
            .ReportProgress(progress)
            .Build()
            .TrainStepsAsync(2);
        Assert.Equal(2 * 15, result.Tokens);
        Assert.Equal(2 * 6, result.PaddingTokens);
        Assert.Equal(2 * 12, result.TargetTokens);
        Assert.Equal([1, 2], progress.Reports.Select(report => report.Step));
        Assert.Equal([0, 1], progress.Reports.Select(report => report.Epoch));
        Assert.Equal([0, 0.05], progress.Reports.Select(report => report.LearningRate));
        Assert.All(progress.Reports, report => Assert.Equal(15, report.Tokens));
        Assert.All(progress.Reports, report => Assert.Equal(6.0 / 21, report.PaddingShare, 1e-9));
        Assert.All(progress.Reports, report => Assert.Equal(15 / report.StepTime.TotalSeconds, report.StepTokensPerSecond, 1e-6));
        Assert.All(progress.Reports, report => Assert.InRange(report.IdleShare, 0, 1));
        Assert.Equal(TimeSpan.Zero, progress.Reports[^1].Remaining);
        Assert.All(progress.Reports, report => Assert.InRange(report.PeakMemoryBytes, 50_000_000, long.MaxValue));
        Assert.Contains("step 2/2", progress.Reports[^1].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_shows_its_head_trains_as_one_that_does_not()
    {
        async Task<double[]> Losses(bool showsHead)
        {
            using ToyModel model = new(showsHead: showsHead);
            return [.. (await Builder(model, Counting(12)).UsePacking(packing => packing.Capacity = 64).UseLossWeighting().Build().TrainAsync(4)).Losses];
        }

        Assert.Equal(await Losses(false), await Losses(true), (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public async Task Mixed_precision_trains_bfloat16_parameters_close_to_float32()
    {
        using ToyModel wide = new();
        using ToyModel mixed = new();
        TrainingResult expected = await Builder(wide, Counting(20)).UsePacking(packing => packing.Capacity = 64).UseLossWeighting().Build().TrainAsync(5);
        TrainingResult actual = await Builder(mixed, Counting(20)).UsePacking(packing => packing.Capacity = 64).UseLossWeighting().UseMixedPrecision().Build().TrainAsync(5);
        Assert.All(mixed.parameters(), parameter => Assert.Equal(ScalarType.BFloat16, parameter.dtype));
        Assert.Equal(expected.Losses, actual.Losses, (a, b) => Math.Abs(a - b) < 0.02 * expected.Losses[0]);
    }

    [Fact]
    public async Task Clipping_bounds_the_update_and_reports_the_norm_before()
    {
        using ToyModel model = new();
        Recorder progress = new();
        await Builder(model, Counting(8)).UsePacking(packing => packing.Capacity = 64).UseGradientClipping(1e-3)
            .ReportProgress(progress).Build().TrainStepsAsync(1);
        Assert.True(progress.Reports[0].GradientNorm > 1e-2);
    }

    [Fact]
    public async Task Cancelling_ends_the_run_after_the_step_that_is_under_way()
    {
        using ToyModel model = new();
        using CancellationTokenSource source = new();
        Recorder progress = new() { Then = report => { if (report.Step == 3) { source.Cancel(); } } };
        (TrainingResult result, bool isCancelled) = await Builder(model, Counting(40)).UseNaiveBatching().ReportProgress(progress).Build().TrainAsync(1, source.Token).OrCancelled();
        Assert.True(isCancelled);
        Assert.Equal(3, result.Steps);
    }

    [Fact]
    public async Task A_trainer_runs_once()
    {
        using ToyModel model = new();
        LongAlignTrainer trainer = Builder(model, Counting(4)).UseNaiveBatching().Build();
        await trainer.TrainAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => trainer.TrainAsync());
    }

    [Fact]
    public void Packing_options_reach_the_sampler()
    {
        using ToyModel model = new();
        PackedBatchSampler sampler = Assert.IsType<PackedBatchSampler>(Builder(model, Counting(40))
            .UsePacking(packing =>
            {
                packing.Capacity = 64;
                packing.MaxSequencesPerPack = 2;
                packing.PacksFirst = PackingAlgorithm.BestFitDecreasing;
                packing.ExchangeEqualLengths = true;
                packing.UnevenEnd = UnevenEnd.Drop;
            })
            .UseGradientAccumulation(3).Build().Sampler);
        Assert.True(sampler.ExchangeEqualLengths);
        Assert.Equal(UnevenEnd.Drop, sampler.UnevenEnd);
        Assert.All(sampler.GetSteps(0).SelectMany(step => step.MicroBatches), pack => Assert.InRange(pack.Count, 1, 2));
    }

    [Fact]
    public async Task An_id_outside_the_vocabulary_is_named_with_its_sequence()
    {
        using ToyModel model = new(vocabulary: 13);
        InMemoryDataset dataset = new([Sequence(4, 2), new TokenSequence([1, 2, 13, 4], [-100, 2, 3, 4])]);
        LongAlignTrainer trainer = Builder(model, dataset).UsePacking(packing => packing.Capacity = 64).Build();
        InvalidDataException error = await Assert.ThrowsAsync<InvalidDataException>(() => trainer.TrainAsync());
        Assert.Contains("Input id 13 at position 2 of sequence 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_thousand_steps_leave_no_tensor_behind()
    {
        // Tensors that other tests left to the collector; none may be collected between the two counts.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using ToyModel model = new();
        long live = 0;
        long after = 0;
        Recorder progress = new()
        {
            Then = report =>
            {
                if (report.Step == 10)
                {
                    live = Tensor.TotalCount;
                }
                else if (report.Step == 1_000)
                {
                    after = Tensor.TotalCount;
                }
            },
        };
        await Builder(model, Counting(20)).UsePacking(packing => packing.Capacity = 64).UseLossWeighting().UseGradientAccumulation(2).UseGradientClipping(1)
            .ReportProgress(progress).Build().TrainStepsAsync(1_000);
        Assert.NotEqual(0, live);
        Assert.True(after <= live, $"{live} tensors after step 10, {after} after step 1,000.");
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Memory_stays_flat_from_step_200_to_step_1_000()
    {
        // Logits and hidden states of a pack take 64 kB each in bfloat16: either of them left behind at every step would be 50 MB.
        using ToyModel model = new(vocabulary: 500, width: 512);
        Dictionary<int, long> resident = [];
        Recorder progress = new()
        {
            Then = report =>
            {
                if (report.Step is 200 or 1_000)
                {
                    GC.Collect();
                    resident[report.Step] = Environment.WorkingSet;
                }
            },
        };
        await Builder(model, Counting(20)).UsePacking(packing => packing.Capacity = 64).UseLossWeighting().UseGradientClipping(1).UseMixedPrecision()
            .ReportProgress(progress).Build().TrainStepsAsync(1_000);
        long growth = resident[1_000] - resident[200];
        Assert.True(growth < 20_000_000, $"{growth} bytes more after step 1,000 than after step 200.");
    }

    internal static LongAlignTrainerBuilder Builder(ToyModel model, ISequenceDataset dataset)
        => LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(dataset).UseAdamW(learningRate: 0.05);

    /// <summary>Sequences that count upwards modulo 12, of lengths 3 to 20: easy to learn.</summary>
    internal static InMemoryDataset Counting(int count) => new(Enumerable.Range(0, count).Select(i => Sequence(3 + (i * 7 % 18), i)));

    internal static TokenSequence Sequence(int length, int start)
    {
        int[] ids = [.. Enumerable.Range(0, length).Select(t => (start + t) % 12)];
        return new TokenSequence(ids, ids);
    }

    internal sealed class Recorder : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> Reports { get; } = [];

        public Action<TrainingProgress>? Then { get; init; }

        public void Report(TrainingProgress value)
        {
            Reports.Add(value);
            Then?.Invoke(value);
        }
    }
}
