using CsCheck;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Core.Tests.Distributed;
using LongAlign.Distributed;
using LongAlign.Losses;
using LongAlign.Packing;
using LongAlign.Sequences;
using LongAlign.Training;
using TorchSharp;
using static LongAlign.Core.Tests.Training.LongAlignTrainerTests;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

public sealed class SequenceParallelismTests
{
    private static readonly Action<LongAlignTrainerBuilder>[] Batchings =
    [
        builder => builder.UsePacking(packing => packing.Capacity = 41),
        builder => builder.UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize, packing.Synchronization) = (40, 5, RankSynchronization.EachMicroBatch)),
        builder => builder.UsePacking(packing => (packing.Capacity, packing.PacksFirst) = (20, PackingAlgorithm.BestFitDecreasing)).UseGradientAccumulation(2),
    ];

    [Theory]
    [InlineData(2, 2)]
    [InlineData(4, 2)]
    [InlineData(4, 1)]
    public void Ranks_that_share_packs_train_as_one_process_does_on_the_same_steps(int worldSize, int size)
    {
        foreach (Action<LongAlignTrainerBuilder> batching in Batchings)
        {
            foreach (LossReduction reduction in Enum.GetValues<LossReduction>())
            {
                void Configure(LongAlignTrainerBuilder builder) => builder.UseLossWeighting(reduction).UseGradientClipping(0.5).EvaluateEvery(3, Counting(5));
                Outcome[] many = ThreadProcessGroup.Results(worldSize, group => Train(group, builder =>
                {
                    Configure(builder.UseSequenceParallelism(size));
                    batching(builder);
                }));
                Outcome one = TrainAlone(worldSize / size, batching, Configure);
                foreach (Outcome rank in many)
                {
                    AssertNear(one.Result.Losses, rank.Result.Losses);
                    AssertNear(one.Weights, rank.Weights, 1e-5);
                    AssertNear([.. one.Result.Evaluations.Select(e => e.Loss)], [.. rank.Result.Evaluations.Select(e => e.Loss)], 1e-5);
                    Assert.Equal(many[0].Weights, rank.Weights);
                    Assert.Equal((one.Result.Tokens, one.Result.TargetTokens, one.Result.Sequences), (rank.Result.Tokens, rank.Result.TargetTokens, rank.Result.Sequences));
                }

                AssertNear(one.Metrics, many[0].Metrics);
            }
        }
    }

    [Fact]
    public void Every_target_is_predicted_on_one_rank_also_across_a_cut() => Gen.Select(Any.Dataset(6), Gen.Int[2, 5], Gen.Enum<LossReduction>()).Sample(
        (dataset, ranks, reduction) =>
        {
            using DisposeScope scope = NewDisposeScope();
            MicroBatch all = new(Enumerable.Range(0, dataset.Count).ToArray(), LengthLimit.None);
            PackedBatchCollator collator = new(dataset);
            using PackedBatch whole = collator.Collate(all);
            List<(long, long, float, float)> found = [];
            List<long> ids = [];
            for (int rank = 0; rank < ranks; rank++)
            {
                using PackedBatch batch = collator.Collate(all);
                batch.Share(rank, ranks, new PackSharing(SingleProcessGroup.Instance, 1, new RankVote(SingleProcessGroup.Instance)));
                Assert.Equal((whole.RealTokenCount, whole.TargetCount, whole.SequenceCount), (batch.RealTokenCount, batch.TargetCount, batch.SequenceCount));
                Assert.Equal(batch.Layout.Part!.TokenCount, batch.InputIds.numel());
                Assert.Equal(batch.TokenCount, batch.Labels.numel());
                found.AddRange(Targets(batch, reduction));
                ids.AddRange(batch.InputIds.data<long>().ToArray());
                Assert.Throws<NotSupportedException>(() => BatchTargets.Of(batch).SumBySequence(zeros(1)));
            }

            Assert.Equal(Targets(whole, reduction), found);
            Assert.Equal(whole.InputIds.data<long>().ToArray(), ids.Take(whole.TokenCount));
        },
        threads: 1);

    [Fact]
    public void A_loss_of_ones_own_that_is_a_sum_over_targets_is_split_too()
    {
        Outcome[] many = ThreadProcessGroup.Results(2, group => Train(group, builder => Batchings[0](builder.UseSequenceParallelism(2).UseLoss(new SquaredLoss(true)))));
        Outcome one = TrainAlone(1, Batchings[0], builder => builder.UseLoss(new SquaredLoss(true)));
        AssertNear(one.Result.Losses, many[1].Result.Losses);
        AssertNear(one.Weights, many[1].Weights, 1e-5);
    }

    [Fact]
    public void A_run_goes_on_with_ranks_that_share_packs_or_with_one_for_each()
    {
        using TemporaryFolder folder = new();
        Outcome straight = TrainAlone(1, Batchings[0], _ => { });
        string newest = ThreadProcessGroup.Results(2, group => Train(group, builder => Batchings[0](builder.UseSequenceParallelism(2).SaveCheckpoints(folder, everySteps: 2, keep: 9))))[0].Result.Checkpoint!;
        Directory.Delete(newest, recursive: true);
        Outcome alone = Train(SingleProcessGroup.Instance, builder => Batchings[0](builder.ResumeFrom(folder)));
        AssertNear(straight.Result.Losses, alone.Result.Losses);
        AssertNear(straight.Weights, alone.Weights, 1e-5);
    }

    [Fact]
    public void A_rank_that_is_cancelled_ends_all_after_the_same_step()
    {
        using CancellationTokenSource source = new();
        Outcome[] outcomes = ThreadProcessGroup.Results(4, group => Train(
            group,
            builder => Batchings[0](builder.UseSequenceParallelism(2).ReportProgress(new Recorder { Then = report => { if (report.Step == 2) { source.Cancel(); } } })),
            cancellationToken: group.Rank == 3 ? source.Token : default));
        Assert.All(outcomes, outcome => Assert.True(outcome.IsCancelled));
        Assert.All(outcomes, outcome => Assert.Equal(outcomes[0].Result.Steps, outcome.Result.Steps));
        Assert.All(outcomes, outcome => Assert.Equal(outcomes[0].Weights, outcome.Weights));
    }

    [Fact]
    public void A_rank_whose_data_is_damaged_ends_all_and_is_named()
    {
        (Outcome? _, Exception? Fault)[] outcomes = ThreadProcessGroup.Run(4, group => Train(
            group,
            builder => Batchings[0](builder.UseSequenceParallelism(2)),
            dataset: new InMemoryDataset(Enumerable.Range(0, 11).Select(i => Sequence(5, i)).Select(sequence => group.Rank < 2 ? sequence : new TokenSequence([99, .. sequence.InputIds.ToArray()[1..]], sequence.Labels.ToArray())))));
        Assert.All(outcomes[2..], outcome => Assert.IsType<InvalidDataException>(outcome.Fault));
        Assert.All(outcomes[..2], outcome => Assert.Contains("Rank 2 of 4 failed", Assert.IsType<ProcessGroupException>(outcome.Fault).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Ranks_that_would_share_packs_otherwise_do_not_begin()
    {
        (Outcome? _, Exception? Fault)[] outcomes = ThreadProcessGroup.Run(2, group => Train(group, builder => builder
            .UseSequenceParallelism(2 - group.Rank)
            .UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (40, 4))));
        Assert.All(outcomes, outcome => Assert.Contains("another setting of the trainer", Assert.IsType<ProcessGroupException>(outcome.Fault).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void What_cannot_be_split_is_refused_before_the_run()
    {
        AssertRefused(2, builder => builder.UseNaiveBatching(), "UseNaiveBatching makes padded rows; expected UsePacking");
        AssertRefused(3, Batchings[0], "3 ranks are to share a pack, and there are 2");
        AssertRefused(0, Batchings[0], "0 ranks are to share a pack");
        AssertRefused(2, builder => Batchings[0](builder.UseLoss(new SquaredLoss(false))), "SquaredLoss does not say that it is a sum over targets");
        InMemoryDataset dataset = Counting(12);
        PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(dataset.Lengths, 40);
        AssertRefused(
            2,
            builder => builder.UseBatching(new PackedBatchSampler(plan, dataset, 1) { WorldSize = 2 }, new PackedBatchCollator(dataset)),
            "2 ranks share each pack: expected that of rank 0 of 1");

        static void AssertRefused(int size, Action<LongAlignTrainerBuilder> configure, string expected)
        {
            using ToyModel model = new();
            LongAlignTrainerBuilder builder = Builder(model, Counting(12)).UseProcessGroup(new DoublingGroup()).UseSequenceParallelism(size);
            configure(builder);
            Assert.Contains(expected, Assert.Throws<InvalidOperationException>(builder.Build).Message, StringComparison.Ordinal);
        }
    }

    private static (long, long, float, float)[] Targets(TrainingBatch batch, LossReduction reduction)
    {
        BatchTargets targets = BatchTargets.Of(batch, reduction);
        long[] predictors = targets.Predictors.data<long>().ToArray();
        long[] ids = targets.Ids.data<long>().ToArray();
        float[] weights = targets.Weights.data<float>().ToArray();
        float[] ofSequences = targets.SequenceWeights.data<float>().ToArray();
        return [.. predictors.Select((predictor, i) => (predictor + (batch.Layout.Part?.Start ?? 0), ids[i], weights[i], ofSequences[i]))];
    }

    private static Outcome Train(IProcessGroup group, Action<LongAlignTrainerBuilder> configure, InMemoryDataset? dataset = null, CancellationToken cancellationToken = default)
    {
        using ToyModel model = new();
        Recorder recorder = new();
        LongAlignTrainerBuilder builder = Builder(model, dataset ?? Counting(11)).UseProcessGroup(group).ReportProgress(recorder);
        configure(builder);
        (TrainingResult result, bool isCancelled) = builder.Build().TrainAsync(2, cancellationToken).OrCancelled().GetAwaiter().GetResult();
        double[] metrics = [.. recorder.Reports.SelectMany(report => new[] { report.SequenceLoss, report.TokenLoss, report.GradientNorm, report.Tokens })];
        return new Outcome(result, isCancelled, metrics, [.. model.parameters().SelectMany(parameter => parameter.data<float>().ToArray()).Select(value => (double)value)]);
    }

    private static Outcome TrainAlone(int groups, Action<LongAlignTrainerBuilder> batching, Action<LongAlignTrainerBuilder> configure)
    {
        using ToyModel model = new();
        return Train(SingleProcessGroup.Instance, builder =>
        {
            configure(builder);
            AllRanksSampler.Use(builder, Counting(11), groups, () =>
            {
                LongAlignTrainerBuilder rank = Builder(model, Counting(11));
                batching(rank);
                return rank;
            });
        });
    }

    private static void AssertNear(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double tolerance = 1e-6)
        => Assert.Equal(expected, actual, (a, b) => Math.Abs(a - b) <= tolerance * Math.Max(1, Math.Abs(a)));

    /// <summary>The mean square of the logits that targets have.</summary>
    private sealed class SquaredLoss(bool isSum) : ITrainingLoss
    {
        public bool IsSumOverTargets => isSum;

        public LossShare Compute(ITrainableModel model, TrainingBatch batch)
        {
            BatchTargets targets = BatchTargets.Of(batch);
            Tensor logits = TargetLogits.Of(model, batch, targets).gather(1, targets.Ids.unsqueeze(1)).squeeze(1);
            return new LossShare(((logits - 1).square() * targets.Weights).sum());
        }
    }

    private sealed record Outcome(TrainingResult Result, bool IsCancelled, double[] Metrics, double[] Weights);
}
