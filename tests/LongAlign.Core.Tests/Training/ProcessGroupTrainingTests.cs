using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Core.Tests.Distributed;
using LongAlign.Distributed;
using LongAlign.Losses;
using LongAlign.Packing;
using LongAlign.Sequences;
using LongAlign.Training;
using LongAlign.Training.Checkpoints;
using static LongAlign.Core.Tests.Training.LongAlignTrainerTests;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

public sealed class ProcessGroupTrainingTests
{
    private static readonly Action<LongAlignTrainerBuilder>[] Batchings =
    [
        builder => builder.UsePacking(packing => packing.Capacity = 40),
        builder => builder.UsePacking(packing => (packing.Capacity, packing.Synchronization, packing.Composition) = (40, RankSynchronization.EachMicroBatch, StepComposition.Random)),
        builder => builder.UsePacking(packing => (packing.Capacity, packing.UnevenEnd, packing.PacksFirst) = (40, UnevenEnd.Repeat, PackingAlgorithm.BestFitDecreasing)),
        builder => builder.UsePacking(packing => (packing.Capacity, packing.BalancePacks, packing.PacksFirst) = (40, true, PackingAlgorithm.BestFitDecreasing)),
        builder => builder.UseSortedBatching(batching => (batching.BatchSize, batching.UnevenEnd) = (2, UnevenEnd.Drop)),
        builder => builder.UseNaiveBatching(batching => batching.BatchSize = 3),
    ];

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(2, 2)]
    public void Several_ranks_train_as_one_does_on_the_same_steps(int worldSize, int accumulation)
    {
        foreach (Action<LongAlignTrainerBuilder> batching in Batchings)
        {
            foreach (LossReduction reduction in Enum.GetValues<LossReduction>())
            {
                Outcome[] many = ThreadProcessGroup.Results(worldSize, group =>
                    Train(group, builder => batching(builder.UseLossWeighting(reduction).UseGradientAccumulation(accumulation).UseGradientClipping(0.5))));

                using ToyModel model = new();
                Outcome one = Train(SingleProcessGroup.Instance, builder => AllRanksSampler.Use(
                    builder.UseLossWeighting(reduction).UseGradientClipping(0.5), Counting(11), worldSize, () =>
                    {
                        LongAlignTrainerBuilder rank = Builder(model, Counting(11)).UseGradientAccumulation(accumulation);
                        batching(rank);
                        return rank;
                    }));
                foreach (Outcome rank in many)
                {
                    Assert.Equal(one.Result.Losses, rank.Result.Losses, (a, b) => Math.Abs(a - b) < 1e-5);
                    Assert.Equal(one.Weights, rank.Weights, (a, b) => Math.Abs(a - b) < 1e-4);
                    Assert.Equal(many[0].Weights, rank.Weights);
                    Assert.Equal(
                        (one.Result.Tokens, one.Result.PaddingTokens, one.Result.TargetTokens, one.Result.Sequences),
                        (rank.Result.Tokens, rank.Result.PaddingTokens, rank.Result.TargetTokens, rank.Result.Sequences));
                }
            }
        }
    }

    [Fact]
    public void Rank_0_alone_reports_and_reports_the_whole_step()
    {
        Recorder[] recorders = ThreadProcessGroup.Results(2, group =>
        {
            Recorder recorder = new();
            Train(group, builder => builder.UseNaiveBatching().ReportProgress(recorder));
            return recorder;
        });
        Outcome one = Train(SingleProcessGroup.Instance, builder => builder.UseNaiveBatching().UseGradientAccumulation(2));
        Assert.Equal(one.Result.Losses, recorders[0].Reports.Select(report => report.Loss), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal(one.Result.Tokens, recorders[0].Reports.Sum(report => report.Tokens));
        Assert.Empty(recorders[1].Reports);
    }

    [Fact]
    public void Ranks_begin_with_the_weights_of_rank_0()
    {
        Outcome[] outcomes = ThreadProcessGroup.Results(2, group => Train(
            group,
            builder => builder.UseNaiveBatching(),
            model =>
            {
                using (no_grad())
                {
                    model.parameters().First().mul_(1 + group.Rank);
                }
            }));
        Outcome one = Train(SingleProcessGroup.Instance, builder => builder.UseNaiveBatching().UseGradientAccumulation(2));
        Assert.All(outcomes, outcome => Assert.Equal(one.Weights, outcome.Weights, (a, b) => Math.Abs(a - b) < 1e-4));
    }

    [Fact]
    public void A_rank_that_fails_ends_all_and_the_others_name_it()
    {
        (Outcome? _, Exception? fault)[] outcomes = ThreadProcessGroup.Run(3, group =>
        {
            TokenSequence[] sequences = [.. Enumerable.Range(0, 9).Select(i => Sequence(5, i))];
            if (group.Rank == 1)
            {
                sequences = [.. sequences.Select(sequence => new TokenSequence([99, .. sequence.InputIds.ToArray()[1..]], sequence.Labels.ToArray()))];
            }

            return Train(group, builder => builder.UseNaiveBatching(), dataset: new InMemoryDataset(sequences));
        });
        Assert.IsType<InvalidDataException>(outcomes[1].fault);
        foreach (int rank in new[] { 0, 2 })
        {
            ProcessGroupException error = Assert.IsType<ProcessGroupException>(outcomes[rank].fault);
            Assert.Contains("Rank 1 of 3 failed", error.Message, StringComparison.Ordinal);
            Assert.Contains("InvalidDataException: Input id 99 at position 0", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(6)] // the last
    public void A_failure_between_steps_ends_all_too(int step)
    {
        using TemporaryFolder folder = new();
        string directory = folder.File("checkpoints");
        Recorder recorder = new() { Then = report => { if (report.Step == step) { Replace(); } } };
        (Outcome? _, Exception? fault)[] outcomes = ThreadProcessGroup.Run(2, group => Train(group, builder => builder
            .UseNaiveBatching().SaveCheckpoints(directory, everySteps: step).ReportProgress(recorder)));
        Assert.IsType<CheckpointException>(outcomes[0].fault);
        Assert.Contains("Rank 0 of 2 failed, and the run ends on every rank: CheckpointException: The checkpoint of step", Assert.IsType<ProcessGroupException>(outcomes[1].fault).Message, StringComparison.Ordinal);

        // Rank 0 alone writes, and finds a file where its directory was.
        void Replace()
        {
            Directory.Delete(directory, recursive: true);
            File.WriteAllText(directory, "");
        }
    }

    [Fact]
    public void Ranks_resume_together_from_what_rank_0_has_saved()
    {
        using TemporaryFolder folder = new();
        Outcome[] straight = ThreadProcessGroup.Results(2, group => Train(group, builder => builder.UseNaiveBatching()));
        Outcome[] saved = ThreadProcessGroup.Results(2, group => Train(group, builder => builder.UseNaiveBatching().SaveCheckpoints(folder, everySteps: 2, keep: 9)));
        Assert.All(saved, outcome => Assert.Equal(saved[0].Result.Checkpoint, outcome.Result.Checkpoint));
        Directory.Delete(saved[0].Result.Checkpoint!, recursive: true);
        Outcome[] resumed = ThreadProcessGroup.Results(2, group => Train(group, builder => builder.UseNaiveBatching().SaveCheckpoints(folder, everySteps: 2).ResumeFrom(folder)));
        for (int rank = 0; rank < 2; rank++)
        {
            Assert.Equal(straight[rank].Weights, resumed[rank].Weights);
            Assert.Equal(straight[rank].Result.Losses, resumed[rank].Result.Losses);
            Assert.Equal(straight[rank].Result.Tokens, resumed[rank].Result.Tokens);
        }
    }

    [Fact]
    public void Ranks_that_would_go_on_from_different_steps_do_not_begin()
    {
        using TemporaryFolder folder = new();
        string newest = ThreadProcessGroup.Results(2, group => Train(group, builder => builder.UseNaiveBatching().SaveCheckpoints(folder, everySteps: 2, keep: 9)))[0].Result.Checkpoint!;
        string earlier = Directory.GetDirectories(folder).Order(StringComparer.Ordinal).First();
        (Outcome? _, Exception? fault)[] outcomes = ThreadProcessGroup.Run(2, group => Train(group, builder => builder.UseNaiveBatching().ResumeFrom(group.Rank == 0 ? newest : earlier)));
        Assert.All(outcomes, outcome => Assert.Contains("resumes from step", Assert.IsType<ProcessGroupException>(outcome.fault).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_rank_cancelled_within_a_step_takes_the_step_from_all()
    {
        using TemporaryFolder folder = new();
        using CancellationTokenSource source = new();
        Outcome[] outcomes = ThreadProcessGroup.Results(2, group => Train(
            group,
            builder => builder.UseNaiveBatching().SaveCheckpoints(folder, everySteps: 100).ReportProgress(new Recorder { Then = report => { if (report.Step == 2) { source.Cancel(); } } }),
            cancellationToken: group.Rank == 1 ? source.Token : default));
        Assert.All(outcomes, outcome => Assert.True(outcome.IsCancelled));
        Assert.Equal(outcomes[0].Result.Steps, outcomes[1].Result.Steps);
        Assert.Equal(outcomes[0].Weights, outcomes[1].Weights);
        Assert.EndsWith($"{outcomes[0].Result.Steps:D8}", Assert.Single(Directory.GetDirectories(folder)), StringComparison.Ordinal);
    }

    [Fact]
    public void Cancelling_one_rank_ends_all_after_the_same_step()
    {
        Outcome[] outcomes = ThreadProcessGroup.Results(2, group =>
        {
            using CancellationTokenSource source = new();
            Recorder recorder = new() { Then = report => { if (report.Step == 3) { source.Cancel(); } } };
            return Train(group, builder => builder.UseNaiveBatching().ReportProgress(recorder), cancellationToken: source.Token);
        });
        Assert.All(outcomes, outcome => Assert.True(outcome.IsCancelled));
        Assert.All(outcomes, outcome => Assert.Equal(3, outcome.Result.Steps));
    }

    [Fact]
    public void A_rank_whose_numbers_are_not_finite_leaves_all_with_the_same_weights()
    {
        Outcome[] outcomes = ThreadProcessGroup.Results(2, group => Train(
            group,
            builder => builder.UseNaiveBatching().UseGradientClipping(1),
            model => model.PoisonedStep = group.Rank == 1 ? 2 : null));
        Assert.True(double.IsNaN(outcomes[0].Result.Losses[2]));
        Assert.False(double.IsNaN(outcomes[0].Result.Losses[1]));
        Assert.Equal(outcomes[0].Result.Losses, outcomes[1].Result.Losses);
        Assert.Equal(outcomes[0].Weights, outcomes[1].Weights);
    }

    [Fact]
    public void Ranks_with_another_model_data_or_settings_are_told_what_differs()
    {
        string Differs(Func<int, Action<LongAlignTrainerBuilder>> configure, Func<int, int>? sequences = null, Func<int, int>? width = null)
        {
            (Outcome? _, Exception? fault)[] outcomes = ThreadProcessGroup.Run(3, group => Train(
                group, configure(group.Rank), dataset: Counting(sequences?.Invoke(group.Rank) ?? 12), width: width?.Invoke(group.Rank) ?? 8));
            string[] messages = [.. outcomes.Select(outcome => Assert.IsType<ProcessGroupException>(outcome.fault).Message).Distinct()];
            return Assert.Single(messages);
        }

        static string DiffersInOptimizer()
        {
            (TrainingResult? _, Exception? Fault)[] outcomes = ThreadProcessGroup.Run(2, group =>
            {
                using ToyModel model = new();
                return LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Counting(12)).UseNaiveBatching().UseProcessGroup(group)
                    .UseAdamW(options => options.Beta1 = 0.8 + (group.Rank * 0.1)).Build().TrainAsync(1).GetAwaiter().GetResult();
            });
            return Assert.IsType<ProcessGroupException>(outcomes[0].Fault).Message;
        }

        Action<LongAlignTrainerBuilder> naive = builder => builder.UseNaiveBatching();
        Assert.Contains("rank 2 has another model than rank 0", Differs(_ => naive, width: rank => rank == 2 ? 16 : 8), StringComparison.Ordinal);
        Assert.Contains("rank 1 has another setting of the trainer than rank 0", Differs(rank => builder => builder.UseNaiveBatching().UseGradientClipping(1 + (rank % 2))), StringComparison.Ordinal);
        Assert.Contains("rank 1 has another optimizer than rank 0", DiffersInOptimizer(), StringComparison.Ordinal);
        Assert.Contains("rank 1 has another data or batching than rank 0", Differs(rank => builder => builder.UseNaiveBatching().UseSeed(rank == 1 ? 7UL : 8)), StringComparison.Ordinal);
        Assert.Contains("rank 1 has another data or batching and another setting", Differs(_ => naive, sequences: rank => rank == 1 ? 15 : 12), StringComparison.Ordinal);
    }

    [Fact]
    public void A_sampler_of_ones_own_has_to_be_that_of_this_rank()
    {
        using ToyModel model = new();
        InMemoryDataset dataset = Counting(12);
        PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(dataset.Lengths, 40);
        LongAlignTrainer Build(int worldSize, int rank) => Builder(model, dataset)
            .UseBatching(new PackedBatchSampler(plan, dataset, 1) { WorldSize = worldSize, Rank = rank }, new PackedBatchCollator(dataset))
            .UseProcessGroup(new DoublingGroup())
            .Build();

        Assert.NotNull(Build(2, 0));
        string message = Assert.Throws<InvalidOperationException>(() => Build(2, 1)).Message;
        Assert.Contains("the sampler is that of rank 1 of 2, and this process is rank 0 of 2", message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => Build(1, 0));
    }

    private static Outcome Train(
        IProcessGroup group,
        Action<LongAlignTrainerBuilder> configure,
        Action<ToyModel>? prepare = null,
        InMemoryDataset? dataset = null,
        int width = 8,
        CancellationToken cancellationToken = default)
    {
        using ToyModel model = new(width: width);
        prepare?.Invoke(model);
        LongAlignTrainerBuilder builder = Builder(model, dataset ?? Counting(11)).UseProcessGroup(group);
        configure(builder);
        (TrainingResult result, bool isCancelled) = builder.Build().TrainAsync(1, cancellationToken).OrCancelled().GetAwaiter().GetResult();
        return new Outcome(result, isCancelled, [.. model.parameters().SelectMany(parameter => parameter.data<float>().ToArray())]);
    }

    private sealed record Outcome(TrainingResult Result, bool IsCancelled, float[] Weights);
}
