using LongAlign.Collation;
using LongAlign.Core.Tests.Distributed;
using LongAlign.Distributed;
using LongAlign.Training;
using LongAlign.TrainingHost;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training.Seams;

public sealed class CallbackTests
{
    [Fact]
    public async Task A_run_with_a_callback_equals_one_without_but_for_its_stop()
    {
        (string _, TrainingResult plain) = await Train(null, steps: 8);
        (string weights, TrainingResult short_) = await Train(null, steps: 5, schedule: 8);
        Sampler callback = new(stopAfter: 5);
        (string stoppedWeights, TrainingResult stopped) = await Train(callback, steps: 8);
        Assert.Equal(plain.Losses.Take(5), stopped.Losses);
        Assert.Equal(short_.Losses, stopped.Losses);
        Assert.Equal(weights, stoppedWeights);
        Assert.True(stopped.IsStoppedEarly);
        Assert.Equal("the answer is good enough", stopped.StopReason);
        Assert.Equal([0, 2, 3, 4], callback.Evaluations);
        Assert.Equal([3, 5], callback.Checkpoints);
        Assert.Equal(stopped, callback.Result);
    }

    [Fact]
    public async Task What_is_asked_after_an_evaluation_happens_at_the_same_step()
    {
        AfterSecondEvaluation callback = new();
        (_, TrainingResult result) = await Train(null, steps: 8, builder => builder.UseCallback(callback));
        Assert.Equal(2, result.Steps);
        Assert.True(result.IsStoppedEarly);
        Assert.Equal([2], callback.Checkpoints);
    }

    [Fact]
    public async Task A_stop_after_the_last_step_is_no_early_one()
    {
        (_, TrainingResult result) = await Train(new Sampler(stopAfter: 5), steps: 5);
        Assert.Equal(5, result.Steps);
        Assert.False(result.IsStoppedEarly);
        Assert.Null(result.StopReason);
    }

    [Fact]
    public async Task A_checkpoint_of_a_run_that_is_cancelled_is_told_too()
    {
        Sampler callback = new(stopAfter: 99);
        await Train(callback, steps: 4, schedule: 8);
        Assert.Equal([3, 4], callback.Checkpoints);
    }

    [Fact]
    public async Task Metrics_reach_every_sink()
    {
        using TemporaryFolder folder = new();
        LongAlignTrainerTests.Recorder progress = new();
        await Train(new Sampler(stopAfter: 4), steps: 8, builder => builder.ReportProgress(progress).WriteJsonLines(folder.File("run.jsonl")));
        Assert.All(progress.Reports, report => Assert.Equal(report.Step * 10, report.Metrics["tens"]));
        Assert.Contains("\"metrics\":{\"tens\":20}", File.ReadLines(folder.File("run.jsonl")).Single(line => line.Contains("\"step\":2,\"totalSteps\"", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exception_ends_the_run_unless_the_user_says_otherwise()
    {
        Assert.Equal("at step 3", (await Assert.ThrowsAsync<InvalidOperationException>(() => Train(null, steps: 5, builder => builder.UseCallback(new Failing())))).Message);
        ListLogger logger = new();
        (_, TrainingResult result) = await Train(null, steps: 5, builder => builder.UseCallback(new Failing(), endsRunOnError: false).UseLogger(logger));
        Assert.Equal(5, result.Steps);
        Assert.Contains(logger.Messages, message => message.Contains("The callback Failing failed and is not called again", StringComparison.Ordinal));
    }

    [Fact]
    public void What_one_rank_asks_for_holds_for_all()
    {
        TrainingResult[] results = [.. ThreadProcessGroup.Results(2, group =>
        {
            using ToyModel model = new();
            return LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(24)).UseNaiveBatching().UseProcessGroup(group)
                .UseCallback(new StopOnRankOne()).Build().TrainStepsAsync(6).GetAwaiter().GetResult();
        })];
        Assert.All(results, result => Assert.Equal(2, result.Steps));
        Assert.All(results, result => Assert.True(result.IsStoppedEarly));
        Assert.Equal("rank 1 is tired", results[1].StopReason);
    }

    [Fact]
    public void Ranks_must_have_as_many_callbacks()
    {
        (TrainingResult? _, Exception? Fault)[] outcomes = ThreadProcessGroup.Run(2, group =>
        {
            using ToyModel model = new();
            LongAlignTrainerBuilder builder = LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(24)).UseNaiveBatching().UseProcessGroup(group);
            return (group.Rank == 0 ? builder.UseCallback(new Failing()) : builder).Build().TrainStepsAsync(6).GetAwaiter().GetResult();
        });
        Assert.All(outcomes, outcome => Assert.Contains("setting of the trainer", Assert.IsType<ProcessGroupException>(outcome.Fault).Message, StringComparison.Ordinal));
    }

    private static async Task<(string Weights, TrainingResult Result)> Train(Sampler? callback, int steps, Action<LongAlignTrainerBuilder>? configure = null, int? schedule = null)
    {
        using TemporaryFolder folder = new();
        using CancellationTokenSource source = new();
        manual_seed(5);
        using DropoutDecoder model = new();
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(TinyRun.Dataset()).UsePacking(packing => packing.Capacity = 40).UseAdamW(0.02)
            .SaveCheckpoints(folder, everySteps: 100).EvaluateEvery(2, TinyRun.Dataset(4, shift: 3))
            .ReportProgress(new LongAlignTrainerTests.Recorder { Then = report => { if (report.Step == steps && schedule is not null) { source.Cancel(); } } });
        builder = callback is null ? builder : builder.UseCallback(callback);
        configure?.Invoke(builder);
        (TrainingResult result, _) = await builder.Build().TrainStepsAsync(schedule ?? steps, source.Token).OrCancelled();
        return (TinyRun.Hash(model), result);
    }

    /// <summary>Looks at the model, draws random numbers, adds a metric, asks for an evaluation and a checkpoint after step 3, and stops.</summary>
    private sealed class Sampler(int stopAfter) : ITrainingCallback
    {
        public List<int> Evaluations { get; } = [];

        public List<int> Checkpoints { get; } = [];

        public TrainingResult? Result { get; private set; }

        public void BeforeStep(TrainingContext context) => Assert.Equal(context.Progress?.Step ?? 0, context.Step);

        public void AfterStep(TrainingContext context)
        {
            context.AddMetric("tens", context.Step * 10);
            context.RunUndisturbed(model =>
            {
                Assert.False(model.training);
                using Tensor noise = randn(3);
                using Tensor ids = tensor([1L, 2, 3]);
                using Tensor hidden = ((DropoutDecoder)model).GetHiddenStates(ids, ids, PackLayout.FromLengths(3));
                Assert.False(hidden.requires_grad);
            });
            if (context.Step == 3)
            {
                context.RequestEvaluation();
                context.RequestCheckpoint();
            }

            if (context.Step == stopAfter)
            {
                context.RequestCheckpoint();
                context.Stop("the answer is good enough");
                context.Stop("another reason");
            }
        }

        public void AfterEvaluation(TrainingContext context, EvaluationReport report) => Evaluations.Add(report.Step);

        public void AfterCheckpoint(TrainingContext context, string folder)
        {
            Assert.True(Directory.Exists(folder));
            Checkpoints.Add(context.Step);
        }

        public void AtEnd(TrainingContext context, TrainingResult result) => Result = result;
    }

    private sealed class AfterSecondEvaluation : ITrainingCallback
    {
        public List<int> Checkpoints { get; } = [];

        public void AfterEvaluation(TrainingContext context, EvaluationReport report)
        {
            if (context.Step == 2)
            {
                context.RequestCheckpoint();
                context.Stop("good enough");
            }
        }

        public void AfterCheckpoint(TrainingContext context, string folder) => Checkpoints.Add(context.Step);
    }

    private sealed class Failing : ITrainingCallback
    {
        public void AfterStep(TrainingContext context)
        {
            if (context.Step == 3)
            {
                throw new InvalidOperationException("at step 3");
            }
        }
    }

    private sealed class StopOnRankOne : ITrainingCallback
    {
        public void AfterStep(TrainingContext context)
        {
            if (context is { Rank: 1, Step: 2 })
            {
                context.Stop("rank 1 is tired");
            }
        }
    }
}
