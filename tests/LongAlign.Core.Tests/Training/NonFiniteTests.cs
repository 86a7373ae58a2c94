using LongAlign.Training;
using LongAlign.TrainingHost;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

public sealed class NonFiniteTests
{
    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public async Task A_step_that_is_not_finite_changes_nothing_and_is_counted(double factor)
    {
        // Two micro-batches a step: forward passes 5 and 6 are step 3.
        using DropoutDecoder model = new();
        model.Forwarding = number => model.Factor = number == 6 ? factor : 1;
        List<string> weights = [];
        LongAlignTrainerTests.Recorder progress = new() { Then = _ => weights.Add(TinyRun.Hash(model)) };
        ListLogger logger = new(Microsoft.Extensions.Logging.LogLevel.Warning);
        TrainingResult result = await TinyRun.Builder(model, TinyRun.Dataset()).ReportProgress(progress).UseLogger(logger).Build().TrainStepsAsync(5);
        Assert.Equal([false, false, true, false, false], progress.Reports.Select(report => report.IsSkipped));
        Assert.Equal([0, 0, 1, 1, 1], progress.Reports.Select(report => report.SkippedSteps));
        Assert.Equal(weights[1], weights[2]);
        Assert.NotEqual(weights[2], weights[3]);
        Assert.Equal(1, result.SkippedSteps);
        Assert.True(double.IsFinite(result.FinalLoss));
        Assert.All(model.parameters(), parameter => Assert.True(parameter.isfinite().all().ToBoolean()));
        Assert.StartsWith("Step 3 is skipped", Assert.Single(logger.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_of_them_ends_the_run_and_names_the_sequences()
    {
        using DropoutDecoder model = new();
        model.Forwarding = number => model.Factor = number is 3 or 4 or > 6 ? double.NaN : 1; // steps 2, and all from 4
        LongAlignTrainer trainer = TinyRun.Builder(model, TinyRun.Dataset()).StopAfterNonFinite(3).Build();
        int[] expected = [.. Enumerable.Range(0, 9).SelectMany(trainer.Sampler.GetSteps).ElementAt(5).MicroBatches.SelectMany(microBatch => microBatch.Indices.ToArray())];
        TrainingDivergedException error = await Assert.ThrowsAsync<TrainingDivergedException>(() => trainer.TrainStepsAsync(100));
        Assert.Equal(6, error.Step);
        Assert.Equal(expected, error.Sequences);
        Assert.Contains($"the sequences {string.Join(", ", expected)}.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void The_optimizer_ignores_gradients_that_are_not_finite(float poison)
    {
        using DisposeScope scope = NewDisposeScope();
        using Parameter a = new(ones(2));
        using Parameter b = new(ones(2));
        using FusedAdamW optimizer = new([a, b]);
        a.grad = ones(2);
        b.grad = tensor(new[] { 1f, poison });
        Assert.False(double.IsFinite(optimizer.ClipAndStep(0.1, 1)));
        Assert.Equal([1f, 1f, 1f, 1f], [.. a.data<float>(), .. b.data<float>()]);
        Assert.All(optimizer.GetState(), state => Assert.Equal(0, state.Value.count_nonzero().ToInt64()));
    }

    [Fact]
    public async Task The_row_goes_on_over_a_resumed_run()
    {
        using TemporaryFolder folder = new();
        await Assert.ThrowsAsync<TrainingDivergedException>(() => Run(builder => builder.StopAfterNonFinite(3).SaveCheckpoints(folder, everySteps: 2)));
        TrainingDivergedException error = await Assert.ThrowsAsync<TrainingDivergedException>(() => Run(builder => builder.StopAfterNonFinite(4).ResumeFrom(folder)));
        Assert.Equal(4, error.Step); // saved after step 2, whose both steps were not finite

        static async Task<TrainingResult> Run(Action<LongAlignTrainerBuilder> configure)
        {
            using DropoutDecoder model = new() { Factor = double.NaN };
            LongAlignTrainerBuilder builder = TinyRun.Builder(model, TinyRun.Dataset());
            configure(builder);
            return await builder.Build().TrainStepsAsync(20);
        }
    }
}
