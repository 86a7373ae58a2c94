using System.Globalization;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Packing;
using LongAlign.Sequences;
using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

public sealed class EvaluationTests
{
    [Theory]
    [InlineData(true, int.MaxValue)]
    [InlineData(false, int.MaxValue)]
    [InlineData(true, 9)]
    public async Task The_loss_is_that_of_each_sequence_alone(bool showsHead, int maxTokens)
    {
        using ToyModel model = new(showsHead: showsHead);
        InMemoryDataset heldOut = new([.. Enumerable.Range(0, 17).Select(i => LongAlignTrainerTests.Sequence(3 + (i * 5 % 14), i)), new TokenSequence([4, 5], [-100, -100])]);
        LengthLimit limit = new(maxTokens, CutLeft: true);
        EvaluationReport report = await EvaluateOnce(model, heldOut, builder => builder.UseNaiveBatching(batching => (batching.MaxLength, batching.Overlong) = (maxTokens, OverlongPolicy.TruncateLeft)));

        using WeightedPackingLoss loss = new();
        PackedBatchCollator collator = new(heldOut);
        List<(double Loss, int Targets)> alone = [];
        for (int i = 0; i < 17; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            using PackedBatch batch = collator.Collate(new MicroBatch(new[] { i }, limit));
            alone.Add((loss.forward(model.GetLogits(model.GetHiddenStates(batch.InputIds, batch.PositionIds, batch.Layout)), batch).ToDouble(), batch.TargetCount));
        }

        Assert.Equal(alone.Average(sequence => sequence.Loss), report.SequenceLoss, 1e-5);
        Assert.Equal(alone.Sum(sequence => sequence.Loss * sequence.Targets) / alone.Sum(sequence => sequence.Targets), report.TokenLoss, 1e-5);
        Assert.Equal(17, report.Sequences);
        Assert.Equal(alone.Sum(sequence => sequence.Targets), report.TargetTokens);
        Assert.NotEqual(report.SequenceLoss, report.TokenLoss, 1e-3);
        Assert.Equal("4k", Assert.Single(report.Buckets).Name);
    }

    [Fact]
    public async Task Buckets_hold_the_losses_of_their_lengths()
    {
        using ToyModel model = new(positions: 9_000);
        TokenSequence[] sequences = [.. new[] { 5, 4_096, 4_097, 7 }.Select((length, i) => LongAlignTrainerTests.Sequence(length, i))];
        EvaluationReport all = await EvaluateOnce(model, new InMemoryDataset(sequences));
        EvaluationReport shorter = await EvaluateOnce(model, new InMemoryDataset([sequences[0], sequences[1], sequences[3]]));
        EvaluationReport longer = await EvaluateOnce(model, new InMemoryDataset([sequences[2]]));
        Assert.Equal([("4k", 4_096, 3, 4 + 4_095 + 6L), ("8k", 8_192, 1, 4_096L)], all.Buckets.Select(bucket => (bucket.Name, bucket.MaxTokens!.Value, bucket.Sequences, bucket.TargetTokens)));
        Assert.Equal(shorter.SequenceLoss, all.Buckets[0].SequenceLoss, 1e-5);
        Assert.Equal(shorter.TokenLoss, all.Buckets[0].TokenLoss, 1e-5);
        Assert.Equal(longer.TokenLoss, all.Buckets[1].TokenLoss, 1e-5);
        Assert.Equal((all.Buckets[0].SequenceLoss * 3 + all.Buckets[1].SequenceLoss) / 4, all.SequenceLoss, 1e-9);
    }

    [Theory]
    [InlineData(1, "4k")]
    [InlineData(4_096, "4k")]
    [InlineData(4_097, "8k")]
    [InlineData(8_192, "8k")]
    [InlineData(16_384, "16k")]
    [InlineData(16_385, "32k")]
    [InlineData(65_536, "64k")]
    [InlineData(65_537, "beyond")]
    public void A_bucket_ends_with_its_bound(int length, string name)
    {
        EvaluationSums sums = new();
        sums.Add(length, [1, 2, 3]);
        EvaluationBucket bucket = Assert.Single(sums.ToReport(step: 0, isByToken: false, TimeSpan.Zero).Buckets);
        Assert.Equal((name, 1, 3L, 2.0, 2.0), (bucket.Name, bucket.Sequences, bucket.TargetTokens, bucket.SequenceLoss, bucket.TokenLoss));
    }

    [Fact]
    public async Task Training_is_the_same_to_the_bit_with_and_without_evaluation()
    {
        async Task<(double[] Losses, float[] Weights, bool[] Modes)> Train(bool evaluates)
        {
            random.manual_seed(11);
            using NoisyModel model = new();
            LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(LongAlignTrainerTests.Counting(20))
                .UsePacking(packing => packing.Capacity = 32).UseLossWeighting().UseAdamW(0.05).UseGradientClipping(1);
            if (evaluates)
            {
                builder.EvaluateEvery(2, LongAlignTrainerTests.Counting(7));
            }

            TrainingResult result = await builder.Build().TrainStepsAsync(9);
            Assert.Equal(evaluates ? 6 : 0, result.Evaluations.Count);
            return ([.. result.Losses], [.. model.parameters().SelectMany(parameter => parameter.data<float>().ToArray())], [.. model.SeenTraining]);
        }

        var plain = await Train(evaluates: false);
        var evaluated = await Train(evaluates: true);
        Assert.Equal(plain.Losses, evaluated.Losses);
        Assert.Equal(plain.Weights, evaluated.Weights);
        Assert.DoesNotContain(false, plain.Modes);
        Assert.Equal(6, evaluated.Modes.Count(isTraining => !isTraining));
    }

    [Fact]
    public async Task A_part_that_was_taken_out_of_training_mode_stays_so()
    {
        using NoisyModel model = new();
        LongAlignTrainerTests.Recorder freezing = new() { Then = _ => model.Dropout.eval() };
        await LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(LongAlignTrainerTests.Counting(8)).UseNaiveBatching().UseAdamW()
            .EvaluateEvery(1, LongAlignTrainerTests.Counting(2)).ReportProgress(freezing).Build().TrainStepsAsync(2);
        Assert.False(model.Dropout.training);
        Assert.True(model.training);
    }

    [Fact]
    public async Task It_comes_before_the_first_step_every_few_steps_and_after_the_last()
    {
        using ToyModel model = new();
        List<string> order = [];
        LongAlignTrainerTests.Recorder steps = new() { Then = progress => order.Add($"step {progress.Step}") };
        TrainingResult result = await LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(40)).UseNaiveBatching()
            .EvaluateEvery(3, LongAlignTrainerTests.Counting(5)).ReportProgress(steps).ReportEvaluations(new EvaluationRecorder(report => order.Add($"evaluation {report.Step}")))
            .Build().TrainStepsAsync(7);
        Assert.Equal(
            ["evaluation 0", "step 1", "step 2", "step 3", "evaluation 3", "step 4", "step 5", "step 6", "evaluation 6", "step 7", "evaluation 7"],
            order);
        Assert.Equal([0, 3, 6, 7], result.Evaluations.Select(report => report.Step));
        Assert.Equal(result.Evaluations.MinBy(report => report.Loss), result.BestEvaluation);
        Assert.Equal(result.EvaluationTime, result.Evaluations.Aggregate(TimeSpan.Zero, (sum, report) => sum + report.Duration));
        Assert.False(result.IsStoppedEarly);
    }

    [Theory]
    [InlineData(LossReduction.TokenMean)]
    [InlineData(LossReduction.SequenceMean)]
    [InlineData(LossReduction.PackMean)]
    public async Task What_training_minimises_decides_which_evaluation_is_best(LossReduction reduction)
    {
        using ToyModel model = new();
        TrainingResult result = await LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(4)).UseNaiveBatching().UseLossWeighting(reduction)
            .EvaluateEvery(1, LongAlignTrainerTests.Counting(5)).Build().TrainStepsAsync(1);
        Assert.All(result.Evaluations, report => Assert.Equal(reduction == LossReduction.TokenMean ? report.TokenLoss : report.SequenceLoss, report.Loss));
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(6, false)] // patience ends with the run
    public async Task A_run_without_improvement_stops_early_and_says_so(int steps, bool isStoppedEarly)
    {
        using ToyModel model = new();
        TrainingResult result = await LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(LongAlignTrainerTests.Counting(40)).UseNaiveBatching()
            .UseAdamW(learningRate: 1e-12)
            .EvaluateEvery(2, LongAlignTrainerTests.Counting(5), evaluation => (evaluation.Patience, evaluation.MinImprovement) = (3, 1e-3))
            .Build().TrainStepsAsync(steps);
        Assert.Equal(isStoppedEarly, result.IsStoppedEarly);
        Assert.Equal(6, result.Steps);
        Assert.Equal(4, result.Evaluations.Count);
    }

    [Theory]
    [InlineData("5 4 3 2 1", 2, 0.0, false, 1.0)]
    [InlineData("5 4 4 4", 2, 0.0, true, 4.0)]
    [InlineData("5 4 4 3 3", 2, 0.0, false, 3.0)]
    [InlineData("5 4.9 4.8 4.7", 3, 0.5, true, 4.7)]
    [InlineData("5 4.9 4.8 4.4", 3, 0.5, false, 4.4)]
    [InlineData("NaN NaN 3", 3, 0.0, false, 3.0)]
    [InlineData("5 NaN NaN", 2, 0.0, true, 5.0)]
    public void Patience_counts_evaluations_since_the_last_improvement(string losses, int patience, double minImprovement, bool stops, double best)
    {
        EvaluationHistory history = new(new EvaluationOptions { Patience = patience, MinImprovement = minImprovement }, []);
        foreach (string loss in losses.Split(' '))
        {
            Assert.False(history.IsStopDue);
            history.Add(Reports.Evaluation(1, double.Parse(loss, CultureInfo.InvariantCulture)));
        }

        Assert.Equal(stops, history.IsStopDue);
        Assert.Equal(best, history.Best!.Loss);
    }

    [Fact]
    public async Task What_is_wrong_with_it_shows_before_the_first_step()
    {
        using ToyModel model = new(vocabulary: 13);
        LongAlignTrainerTests.Recorder steps = new();
        InMemoryDataset heldOut = new([new TokenSequence([1, 2, 13, 4], [-100, 2, 3, 4])]);
        LongAlignTrainer trainer = LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(4)).UseNaiveBatching().ReportProgress(steps).EvaluateEvery(100, heldOut).Build();
        InvalidDataException error = await Assert.ThrowsAsync<InvalidDataException>(() => trainer.TrainAsync());
        Assert.Contains("Input id 13 at position 2 of held-out sequence 0", error.Message, StringComparison.Ordinal);
        Assert.Empty(steps.Reports);
        Assert.True(model.training);
    }

    [Fact]
    public async Task A_cancelled_run_does_not_evaluate_any_more()
    {
        using ToyModel model = new();
        using CancellationTokenSource source = new();
        LongAlignTrainerTests.Recorder steps = new() { Then = _ => source.Cancel() };
        (TrainingResult result, bool isCancelled) = await LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(9)).UseNaiveBatching().ReportProgress(steps)
            .EvaluateEvery(1, LongAlignTrainerTests.Counting(2)).Build().TrainAsync(1, source.Token).OrCancelled();
        Assert.True(isCancelled);
        Assert.Equal(0, Assert.Single(result.Evaluations).Step);
    }

    [Fact]
    public void Options_that_make_no_sense_are_all_named()
    {
        using ToyModel model = new(positions: 16);
        string Message(Func<LongAlignTrainerBuilder, LongAlignTrainerBuilder> evaluate) => Assert.Throws<InvalidOperationException>(
            () => evaluate(LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(3)).UseNaiveBatching(batching => batching.MaxLength = 17)).Build()).Message;

        string options = Message(builder => builder.EvaluateEvery(0, LongAlignTrainerTests.Counting(3), evaluation => (evaluation.Capacity, evaluation.Patience, evaluation.MinImprovement) = (0, 0, double.NaN)));
        Assert.All(["0 steps", "Capacity is 0", "Patience is 0", "MinImprovement is NaN"], text => Assert.Contains(text, options, StringComparison.Ordinal));
        Assert.Contains("held-out sequence has 17 tokens", Message(builder => builder.EvaluateEvery(1, LongAlignTrainerTests.Counting(20))), StringComparison.Ordinal);
        Assert.Contains("No held-out sequence", Message(builder => builder.EvaluateEvery(1, new InMemoryDataset([new TokenSequence([1], [1])]))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluating_after_every_step_leaves_no_tensor_behind()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using ToyModel model = new();
        Dictionary<int, long> live = [];
        await LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(20)).UsePacking(packing => packing.Capacity = 64)
            .EvaluateEvery(1, LongAlignTrainerTests.Counting(9), evaluation => evaluation.Capacity = 30)
            .ReportEvaluations(new EvaluationRecorder(report => live[report.Step] = Tensor.TotalCount))
            .Build().TrainStepsAsync(200);
        Assert.True(live[199] <= live[10], $"{live[10]} tensors after step 10, {live[199]} after step 199.");
    }

    private static async Task<EvaluationReport> EvaluateOnce(ToyModel model, ISequenceDataset heldOut, Func<LongAlignTrainerBuilder, LongAlignTrainerBuilder>? batching = null)
    {
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(LongAlignTrainerTests.Counting(2)).UseAdamW(1e-12)
            .EvaluateEvery(1, heldOut, evaluation => evaluation.Capacity = 40);
        return (await (batching ?? (b => b.UseNaiveBatching()))(builder).Build().TrainStepsAsync(1)).Evaluations[0];
    }

    internal sealed class EvaluationRecorder(Action<EvaluationReport> then) : IProgress<EvaluationReport>
    {
        public void Report(EvaluationReport value) => then(value);
    }
}
