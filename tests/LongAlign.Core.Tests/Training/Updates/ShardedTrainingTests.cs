using LongAlign.Collation;
using LongAlign.Core.Tests.Distributed;
using LongAlign.Distributed;
using LongAlign.Safetensors;
using LongAlign.Sequences;
using LongAlign.Training;
using LongAlign.Training.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Stage = LongAlign.Distributed.Sharding;

namespace LongAlign.Core.Tests.Training.Updates;

public sealed class ShardedTrainingTests
{
    private const double Tolerance = 1e-5;

    public static TheoryData<Stage, int> StagesAndRanks =>
        [.. from stage in new[] { Stage.OptimizerState, Stage.Gradients, Stage.Parameters } from ranks in new[] { 1, 2, 3, 4 } select (stage, ranks)];

    [Theory]
    [MemberData(nameof(StagesAndRanks))]
    public void Every_stage_trains_as_one_process_does(Stage stage, int ranks)
    {
        Outcome one = Train(SingleProcessGroup.Instance, Stage.None);
        Outcome[] many = ThreadProcessGroup.Results(ranks, group => Train(group, stage));
        Assert.All(many, rank => AssertClose(one, rank));
        Assert.All(many, rank => Assert.Equal(many[0].Weights, rank.Weights));
        Assert.True(one.Result.Losses[^1] < 0.8 * one.Result.Losses[0], one.Result.ToString());
    }

    [Theory]
    [InlineData(Stage.OptimizerState)]
    [InlineData(Stage.Gradients)]
    public void Layers_need_not_be_computed_again_for_states_and_gradients(Stage stage)
    {
        Outcome one = Train(SingleProcessGroup.Instance, Stage.None, builder => { }, checkpointing: false);
        Assert.All(ThreadProcessGroup.Results(2, group => Train(group, stage, builder => { }, checkpointing: false)), rank => AssertClose(one, rank));
    }

    /// <summary>The last step of an epoch has a micro-batch for two ranks alone.</summary>
    [Theory]
    [InlineData(Stage.Gradients)]
    [InlineData(Stage.Parameters)]
    public void A_rank_without_a_micro_batch_takes_part(Stage stage)
    {
        static void Naive(LongAlignTrainerBuilder builder) => builder.UseNaiveBatching(batching => batching.BatchSize = 5);
        Outcome[] plain = ThreadProcessGroup.Results(3, group => Train(group, Stage.None, Naive));
        Outcome[] sharded = ThreadProcessGroup.Results(3, group => Train(group, stage, Naive));
        Assert.All(plain.Zip(sharded), pair => AssertClose(pair.First, pair.Second));
    }

    /// <summary>Such a micro-batch has no backward pass, in which ranks could meet.</summary>
    [Theory]
    [InlineData(Stage.Gradients)]
    [InlineData(Stage.Parameters)]
    public void A_rank_whose_micro_batch_has_no_target_takes_part(Stage stage)
    {
        InMemoryDataset data = new(Enumerable.Range(0, 12).Select(i =>
        {
            TokenSequence sequence = LongAlignTrainerTests.Sequence(5 + (i % 4), i);
            return i % 3 == 0 ? new TokenSequence(sequence.InputIds.ToArray(), [.. Enumerable.Repeat(-100, sequence.Length)]) : sequence;
        }));
        Outcome Run(IProcessGroup group, Stage stage)
        {
            using LayeredModel model = new();
            return Outcome.Of(
                LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(data).UseProcessGroup(group).UseSharding(stage).UseGradientCheckpointing()
                    .UseAdamW(learningRate: 3e-2, epsilon: 1e-3).UseNaiveBatching(batching => batching.BatchSize = 1),
                model);
        }

        Outcome[] plain = ThreadProcessGroup.Results(2, group => Run(group, Stage.None));
        Assert.All(plain.Zip(ThreadProcessGroup.Results(2, group => Run(group, stage))), pair => AssertClose(pair.First, pair.Second));
    }

    [Theory]
    [InlineData(Stage.OptimizerState)]
    [InlineData(Stage.Parameters)]
    public void Frozen_weights_stay_and_mixed_precision_is_close(Stage stage)
    {
        static LayeredModel Frozen() => new(frozenLayers: 2);
        Outcome one = Train(SingleProcessGroup.Instance, Stage.None, model: Frozen());
        Assert.All(ThreadProcessGroup.Results(2, group => Train(group, stage, model: Frozen())), rank => AssertClose(one, rank));

        static void Mixed(LongAlignTrainerBuilder builder) => Packing(builder.UseMixedPrecision());
        Outcome mixed = Train(SingleProcessGroup.Instance, Stage.None, Mixed);
        Outcome[] many = ThreadProcessGroup.Results(3, group => Train(group, stage, Mixed));
        Assert.All(many, rank => AssertClose(mixed, rank, 3e-2));
        Assert.All(many, rank => Assert.Equal(many[0].Weights, rank.Weights));
    }

    [Fact]
    public void An_optimizer_of_ones_own_updates_shares()
    {
        Outcome Run(IProcessGroup group, Stage stage)
        {
            using LayeredModel model = new();
            LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Data).UseProcessGroup(group).UseGradientCheckpointing()
                .UseOptimizer(parameters => new TorchOptimizer(optim.SGD(parameters.Select(named => named.Parameter), 0.1, momentum: 0.9)))
                .UseGradientClipping(0.1).UseSharding(stage);
            Packing(builder);
            return Outcome.Of(builder, model);
        }

        Outcome one = Run(SingleProcessGroup.Instance, Stage.None);
        Assert.All(ThreadProcessGroup.Results(3, group => Run(group, Stage.Parameters)), rank => AssertClose(one, rank));
    }

    [Theory]
    [InlineData(Stage.OptimizerState)]
    [InlineData(Stage.Parameters)]
    public void A_run_goes_on_with_another_number_of_ranks(Stage stage)
    {
        using TemporaryFolder folder = new();
        Outcome straight = Train(SingleProcessGroup.Instance, Stage.None, Resuming);
        int step = 2;
        foreach ((int ranks, Stage then) in new[] { (3, stage), (2, stage), (1, stage), (4, Stage.Gradients), (1, Stage.None), (2, stage) })
        {
            Outcome[] outcomes = ThreadProcessGroup.Results(ranks, group => Train(group, then, builder =>
            {
                Resuming(builder);
                builder.SaveCheckpoints(folder, everySteps: 100).ResumeFrom(folder, orBegin: true).UseCallback(new StopAfter(step));
            }));
            Assert.All(outcomes, outcome => Assert.Equal(Math.Min(step, straight.Result.Steps), outcome.Result.Steps));
            Assert.All(outcomes, outcome => Assert.Equal(straight.Result.Losses.Take(step), outcome.Result.Losses, (a, b) => Math.Abs(a - b) < Tolerance));
            step += 2;
        }

        static void Resuming(LongAlignTrainerBuilder builder) => builder.UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (40, 4));
    }

    [Fact]
    public void A_run_that_goes_on_with_as_many_ranks_ends_with_the_same_bits()
    {
        using TemporaryFolder folder = new();
        Outcome[] straight = ThreadProcessGroup.Results(2, group => Train(group, Stage.Parameters, builder => Packing(builder.UseMixedPrecision())));
        ThreadProcessGroup.Results(2, group => Train(group, Stage.Parameters, builder =>
            Packing(builder.UseMixedPrecision().SaveCheckpoints(folder, everySteps: 100).UseCallback(new StopAfter(3)))));
        Outcome[] resumed = ThreadProcessGroup.Results(2, group => Train(group, Stage.Parameters, builder => Packing(builder.UseMixedPrecision().ResumeFrom(folder))));
        Assert.All(straight.Zip(resumed), pair => Assert.Equal(pair.First.Weights, pair.Second.Weights));
        Assert.All(straight.Zip(resumed), pair => Assert.Equal(pair.First.Result.Losses, pair.Second.Result.Losses));
    }

    [Fact]
    public void An_optimizer_whose_state_has_other_names_refuses_another_number_of_ranks()
    {
        using TemporaryFolder folder = new();
        void Run(IProcessGroup group, bool resumes)
        {
            using LayeredModel model = new();
            LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Data).UseProcessGroup(group).UseSharding(Stage.OptimizerState)
                .UseOptimizer(parameters => new TorchOptimizer(optim.SGD(parameters.Select(named => named.Parameter), 0.1, momentum: 0.9)));
            builder.UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (40, 4));
            _ = resumes ? builder.ResumeFrom(folder) : builder.SaveCheckpoints(folder, 100).UseCallback(new StopAfter(2));
            Outcome.Of(builder, model);
        }

        ThreadProcessGroup.Results(2, group =>
        {
            Run(group, resumes: false);
            return 0;
        });
        CheckpointException error = Assert.Throws<CheckpointException>(() => Run(SingleProcessGroup.Instance, resumes: true));
        Assert.Contains("can't be read by another number of ranks", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Rank 0 alone computes, which it could not if ranks had to meet at layers.</summary>
    [Fact]
    public void A_callback_uses_the_model_on_one_rank_and_training_goes_on_as_without()
    {
        Outcome[] without = ThreadProcessGroup.Results(2, group => Train(group, Stage.Parameters));
        List<bool> away = [];
        Outcome[] with = ThreadProcessGroup.Results(2, group => Train(group, Stage.Parameters, builder => Packing(builder.UseCallback(new Looker(away)))));
        Assert.All(without.Zip(with), pair => Assert.Equal(pair.First.Weights, pair.Second.Weights));
        Assert.All(away, Assert.True);
        Assert.Equal(2 * with[0].Result.Steps, away.Count);
    }

    [Fact]
    public void Held_out_sequences_are_evaluated_on_every_rank()
    {
        static void Evaluated(LongAlignTrainerBuilder builder) => Packing(builder.EvaluateEvery(2, Data));
        Outcome one = Train(SingleProcessGroup.Instance, Stage.None, Evaluated);
        foreach (Outcome rank in ThreadProcessGroup.Results(2, group => Train(group, Stage.Parameters, Evaluated)))
        {
            AssertClose(one, rank);
            Assert.Equal(one.Result.Evaluations.Select(report => report.Loss), rank.Result.Evaluations.Select(report => report.Loss), (a, b) => Math.Abs(a - b) < Tolerance);
        }
    }

    [Theory]
    [InlineData(Stage.OptimizerState)]
    [InlineData(Stage.Gradients)]
    [InlineData(Stage.Parameters)]
    public void A_rank_cancelled_within_a_step_takes_the_step_from_all_and_the_model_is_whole(Stage stage)
    {
        using CancellationTokenSource source = new();
        Outcome[] outcomes = ThreadProcessGroup.Results(2, group => Train(
            group,
            stage,
            builder => Packing(builder.ReportProgress(new LongAlignTrainerTests.Recorder { Then = report => { if (report.Step == 2) { source.Cancel(); } } })),
            cancellationToken: group.Rank == 1 ? source.Token : default));
        Assert.Equal(outcomes[0].Result.Steps, outcomes[1].Result.Steps);
        Assert.InRange(outcomes[0].Result.Steps, 2, 3);
        Assert.Equal(outcomes[0].Weights, outcomes[1].Weights);
        Assert.All(outcomes[0].Weights, weight => Assert.True(float.IsFinite(weight)));
    }

    [Fact]
    public void A_rank_holds_its_share_of_the_optimizer_s_state()
    {
        using TemporaryFolder folder = new();
        ThreadProcessGroup.Results(3, group => Train(group, Stage.OptimizerState, builder => Packing(builder.UseMixedPrecision().SaveCheckpoints(folder, 100))));
        using LayeredModel model = new();
        long numbers = model.parameters().Sum(parameter => parameter.numel());
        string[] parts = Directory.GetFiles(Directory.GetDirectories(folder).Single(), "optimizer-*-of-00003.safetensors");
        Assert.Equal(3, parts.Length);
        foreach (string part in parts)
        {
            using SafetensorsReader reader = new(part);
            long bytes = reader.Entries.Values.Sum(entry => entry.ByteCount);
            Assert.InRange(bytes, 12 * numbers / 3 * 0.8, (12 * numbers / 3) + (12 * model.parameters().Count()) + 4);
        }
    }

    [Fact]
    public void Weights_are_sharded_only_where_layers_are_computed_again()
    {
        using LayeredModel model = new();
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Data).UseAdamW().UseSharding(Stage.Parameters);
        Packing(builder);
        Assert.Contains("UseSharding: weights are shared where layers are computed again", Assert.Throws<InvalidOperationException>(builder.Build).Message, StringComparison.Ordinal);

        using ToyModel flat = new();
        LongAlignTrainerBuilder other = LongAlignTrainer.CreateBuilder().UseModel(flat).UseDataset(Data).UseAdamW().UseSharding(Stage.Parameters);
        Packing(other);
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => other.Build().TrainAsync(1).GetAwaiter().GetResult());
        Assert.Contains("has found no piece", error.Message, StringComparison.Ordinal);
    }

    private static InMemoryDataset Data { get; } = LongAlignTrainerTests.Counting(24);

    private static void Packing(LongAlignTrainerBuilder builder) => builder.UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (24, 6));

    private static Outcome Train(
        IProcessGroup group, Stage stage, Action<LongAlignTrainerBuilder>? configure = null, bool checkpointing = true, LayeredModel? model = null, CancellationToken cancellationToken = default)
    {
        // Each rank begins with weights of its own; those of rank 0 count.
        using LayeredModel own = model ?? new(seed: 3 + group.Rank);
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(own).UseDataset(Data).UseProcessGroup(group).UseSharding(stage)
            .UseGradientClipping(0.3).UseAdamW(learningRate: 3e-2, epsilon: 1e-3, weightDecay: 0.01);
        (configure ?? Packing)(builder);
        return Outcome.Of(checkpointing ? builder.UseGradientCheckpointing() : configure is null ? builder : WithPacking(builder), own, cancellationToken);

        static LongAlignTrainerBuilder WithPacking(LongAlignTrainerBuilder builder)
        {
            Packing(builder);
            return builder;
        }
    }

    private static void AssertClose(Outcome expected, Outcome actual, double tolerance = Tolerance)
    {
        Assert.Equal(expected.Result.Losses, actual.Result.Losses, (a, b) => Math.Abs(a - b) < tolerance);
        Assert.Equal(expected.Weights, actual.Weights, (a, b) => Math.Abs(a - b) < tolerance);
        Assert.Equal((expected.Result.Tokens, expected.Result.TargetTokens, expected.Result.Sequences), (actual.Result.Tokens, actual.Result.TargetTokens, actual.Result.Sequences));
    }

    private sealed record Outcome(TrainingResult Result, float[] Weights)
    {
        public static Outcome Of(LongAlignTrainerBuilder builder, nn.Module model, CancellationToken cancellationToken = default)
        {
            (TrainingResult result, _) = builder.Build().TrainAsync(2, cancellationToken).OrCancelled().GetAwaiter().GetResult();
            return new Outcome(result, [.. model.parameters().SelectMany(parameter => parameter.to(ScalarType.Float32).data<float>().ToArray())]);
        }
    }

    private sealed class StopAfter(int step) : ITrainingCallback
    {
        public void AfterStep(TrainingContext context)
        {
            if (context.Step >= step)
            {
                context.Stop("enough");
            }
        }
    }

    /// <summary>Sees that weights of a layer and of the embedding are away after a step, and computes on rank 0 with all of them.</summary>
    private sealed class Looker(List<bool> away) : ITrainingCallback
    {
        public void AfterStep(TrainingContext context)
        {
            LayeredModel model = (LayeredModel)context.Model;
            lock (away)
            {
                away.Add(model.LastLayerWeight.isnan().all().ToBoolean() && model.EmbeddingWeight.isnan().all().ToBoolean());
            }

            context.RunUndisturbed(_ =>
            {
                if (context.Rank == 0)
                {
                    Tensor hidden = model.GetHiddenStates(tensor(new long[] { 1, 2 }), tensor(new long[] { 0, 1 }), new PackLayout([0, 2]));
                    Assert.True(hidden.isfinite().all().ToBoolean());
                }
            });
        }
    }
}
