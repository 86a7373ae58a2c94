using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Packing;
using LongAlign.Sequences;
using LongAlign.Training;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

public sealed class LongAlignTrainerBuilderTests
{
    [Fact]
    public void Everything_that_is_missing_is_named_at_once()
    {
        string message = Message(LongAlignTrainer.CreateBuilder());
        Assert.All(["UseModel", "UseDataset", "UsePacking", "UseSortedBatching", "UseNaiveBatching", "UseAdamW"], call => Assert.Contains(call, message, StringComparison.Ordinal));
    }

    [Fact]
    public void Two_batchings_clash()
    {
        using ToyModel model = new();
        string message = Message(LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(4)).UsePacking().UseSortedBatching());
        Assert.Contains("UsePacking, UseSortedBatching", message, StringComparison.Ordinal);
        Assert.DoesNotContain("UseNaiveBatching", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_made_twice_is_named()
    {
        using ToyModel model = new();
        LongAlignTrainerBuilder builder = LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(4)).UsePacking()
            .UseAdamW().UseCosineSchedule().UseLinearSchedule();
        string message = Message(builder);
        Assert.Contains("UseAdamW was called 2 times", message, StringComparison.Ordinal);
        Assert.Contains("learning rate schedule was called 2 times", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_is_configured_once_when_everything_was_checked()
    {
        using ToyModel model = new();
        List<string> calls = [];
        string message = Message(LongAlignTrainer.CreateBuilder().ConfigureModel<ToyModel>(_ => calls.Add("early"), "UseParts")
            .ConfigureModel<IFloat32Module>(_ => calls.Add("other"), "UseOther").UseModel(model));
        Assert.Contains("UseOther: the model is ToyModel; expected IFloat32Module", message, StringComparison.Ordinal);
        Assert.DoesNotContain("UseParts", message, StringComparison.Ordinal);
        Assert.Empty(calls);

        LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(4)).UsePacking().ConfigureModel<ToyModel>(toy => calls.Add(toy.GetType().Name), "UseParts").Build();
        Assert.Equal(["ToyModel"], calls);
    }

    [Fact]
    public void Options_out_of_range_are_all_named()
    {
        using ToyModel model = new();
        string message = Message(LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(LongAlignTrainerTests.Counting(4)).UsePacking()
            .UseAdamW(learningRate: 0, beta1: 1).UseGradientAccumulation(0).UseGradientClipping(double.NaN));
        Assert.Contains("LearningRate is 0", message, StringComparison.Ordinal);
        Assert.Contains("Beta1 is 1", message, StringComparison.Ordinal);
        Assert.Contains("0 micro-batches", message, StringComparison.Ordinal);
        Assert.Contains("norm is NaN", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sequences_longer_than_the_models_positions_are_refused()
    {
        using ToyModel model = new(positions: 16);
        string message = Message(LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(20)).UsePacking());
        Assert.Contains("Sequence 2 has 17 tokens, and the most that a sequence may have is 16", message, StringComparison.Ordinal);
        message = Message(LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(20)).UsePacking(packing => packing.Capacity = 64));
        Assert.Contains("20 tokens and the model 16 positions", message, StringComparison.Ordinal);
        Assert.NotNull(LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(20)).UseSortedBatching(options => options.Overlong = OverlongPolicy.TruncateRight).Build());
    }

    [Fact]
    public void A_sampler_of_ones_own_has_its_own_seed_and_accumulation()
    {
        using ToyModel model = new();
        InMemoryDataset dataset = LongAlignTrainerTests.Counting(8);
        PackedBatchCollator collator = new(dataset);
        RandomBatchSampler sampler = new(dataset, 2, seed: 7) { AccumulationSteps = 2 };
        string message = Message(LongAlignTrainerTests.Builder(model, dataset).UseSeed(3).UseBatching(sampler, collator).UseGradientAccumulation(4));
        Assert.Contains("UseSeed can't be combined with UseBatching: the sampler decides", message, StringComparison.Ordinal);
        Assert.Contains("UseGradientAccumulation can't be combined with UseBatching: the sampler decides", message, StringComparison.Ordinal);
        Assert.DoesNotContain("UseGradientAccumulation", Message(LongAlignTrainerTests.Builder(model, dataset).UseBatching(sampler, collator).UseSeed(3)), StringComparison.Ordinal);
        Assert.Same(sampler, LongAlignTrainerTests.Builder(model, dataset).UseBatching(sampler, collator).Build().Sampler);
    }

    [Theory]
    [InlineData(OverlongPolicy.TruncateRight)]
    [InlineData(OverlongPolicy.TruncateLeft)]
    [InlineData(OverlongPolicy.Drop)]
    public async Task The_cutting_of_a_sampler_of_ones_own_counts(OverlongPolicy overlong)
    {
        using ToyModel model = new(positions: 16);
        InMemoryDataset dataset = LongAlignTrainerTests.Counting(20);
        Assert.Equal(20, dataset.Lengths.ToArray().Max());
        PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(dataset, 16, overlong);
        LongAlignTrainerTests.Recorder steps = new();
        LongAlignTrainer trainer = LongAlignTrainerTests.Builder(model, dataset)
            .UseBatching(new PackedBatchSampler(plan, dataset, 1), new PackedBatchCollator(dataset)).ReportProgress(steps).Build();
        await trainer.TrainAsync(1);
        Assert.Equal(plan.Count, steps.Reports.Count);
        Assert.All(steps.Reports, step => Assert.InRange(step.Loss, 0.01, 30));

        // Without cutting the same sampler is refused.
        Assert.Contains("20 tokens and the model 16 positions", Message(LongAlignTrainerTests.Builder(model, dataset)
            .UseBatching(new RandomBatchSampler(dataset, 2), new PackedBatchCollator(dataset))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_sampler_made_from_lengths_alone_is_refused()
    {
        using ToyModel model = new();
        InMemoryDataset dataset = LongAlignTrainerTests.Counting(8);
        PackingPlan plan = PackingAlgorithm.Sequential.Pack(dataset, 20);
        (BatchSampler Sampler, string Expected)[] samplers =
        [
            (new RandomBatchSampler(dataset.Lengths, 2, 1), "new RandomBatchSampler(dataset, ...)"),
            (new SortedBatchSampler(dataset.Lengths, 2, 1), "new SortedBatchSampler(dataset, ...)"),
            (new GlobalBatchSampler(dataset.Lengths, 2, 20, 1), "new GlobalBatchSampler(dataset, ...)"),
            (new PackedBatchSampler(plan, dataset.Lengths, 1), "new PackedBatchSampler(plan, dataset, ...)"),
            (new BalancedBatchSampler(plan, dataset.Lengths, AttentionCostModel.Llama7B64k, 1), "new BalancedBatchSampler(plan, dataset, ...)"),
        ];
        Assert.All(samplers, made =>
        {
            string message = Message(LongAlignTrainerTests.Builder(model, dataset).UseBatching(made.Sampler, new PackedBatchCollator(dataset)));
            Assert.Contains("was made from lengths alone", message, StringComparison.Ordinal);
            Assert.Contains(made.Expected, message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_dataset_without_targets_is_refused()
    {
        using ToyModel model = new();
        InMemoryDataset dataset = new([new TokenSequence([1, 2], [1, -100])]);
        Assert.Contains("No sequence of the dataset has a target", Message(LongAlignTrainerTests.Builder(model, dataset).UseNaiveBatching()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_cannot_compute_its_layers_again_is_named()
    {
        using ToyModel model = new();
        string message = Message(LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(4)).UseNaiveBatching().UseGradientCheckpointing());
        Assert.Contains("ToyModel can't compute its layers again", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mixed_precision_of_a_model_of_another_dtype_is_refused()
    {
        using ToyModel model = new(dtype: ScalarType.Float64);
        string message = Message(LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(4)).UseNaiveBatching().UseMixedPrecision());
        Assert.Contains("parameter _embedding is Float64; expected Float32 or BFloat16", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checkpoints_that_cannot_be_are_refused_before_the_run()
    {
        using ToyModel model = new();
        using TemporaryFolder folder = new();
        string file = folder.Write("file", "");
        string message = Message(LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(4)).UseNaiveBatching()
            .SaveCheckpoints(file, everySteps: 0, keep: 0).ResumeFrom(folder.File("nowhere")).StopAfterNonFinite(0));
        Assert.Contains("every 0 steps; expected at least 1", message, StringComparison.Ordinal);
        Assert.Contains("0 checkpoints to keep; expected at least 1", message, StringComparison.Ordinal);
        Assert.Contains($"SaveCheckpoints: the directory '{file}' can't be written to", message, StringComparison.Ordinal);
        Assert.Contains($"ResumeFrom: there is no folder '{folder.File("nowhere")}'", message, StringComparison.Ordinal);
        Assert.Contains("StopAfterNonFinite: 0 steps; expected at least 1", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_builder_builds_once()
    {
        using ToyModel model = new();
        LongAlignTrainerBuilder builder = LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(4)).UseNaiveBatching();
        builder.Build();
        Assert.Throws<InvalidOperationException>(() => builder.Build());
        Assert.Throws<InvalidOperationException>(() => builder.UseSeed(3));
    }

    private static string Message(LongAlignTrainerBuilder builder) => Assert.Throws<InvalidOperationException>(builder.Build).Message;
}
