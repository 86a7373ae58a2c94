using LongAlign.Models.Adapters;
using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Adapters;

[Trait("Speed", "Slow")]
public sealed class LoraTrainingTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Training_lowers_the_loss_and_changes_the_adapter_alone(bool tied)
    {
        using CausalLanguageModel model = TinyAdapters.Model(tied: tied);
        Dictionary<string, byte[]> weights = TinyAdapters.BaseWeights(model);
        List<double> losses = [];
        await Builder(model, losses).UseLoRA(rank: 4, alpha: 8, "q_proj", "v_proj", "down_proj").Build().TrainStepsAsync(40);

        Assert.True(losses[^1] < 0.8 * losses[0], $"{losses[0]} -> {losses[^1]}");
        Assert.Equal(weights, TinyAdapters.BaseWeights(model));
        LoraAdapter adapter = model.Adapter!;
        Assert.Equal(6, adapter.TargetNames.Count);
        Assert.All(adapter.Parameters.Chunk(2), pair => Assert.True(pair[1].abs().max().ToDouble() > 0));

        // q: 4 x (16 + 16), v: 4 x (16 + 8), down: 4 x (24 + 16), in two layers
        Assert.Equal(2 * 4 * (32 + 24 + 40), adapter.ParameterCount);
    }

    [Fact]
    public async Task Checkpointing_gives_the_same_adapter_to_the_bit_dropout_included()
    {
        async Task<byte[][]> Train(bool checkpointing)
        {
            manual_seed(3);
            using CausalLanguageModel model = TinyAdapters.Model();
            LongAlignTrainerBuilder builder = Builder(model).UseLoRA(new LoraOptions { Dropout = 0.1 });
            _ = checkpointing ? builder.UseGradientCheckpointing() : builder;
            await builder.Build().TrainStepsAsync(5);
            return [.. model.Adapter!.Parameters.Select(TinyAdapters.Bytes)];
        }

        Assert.Equal(await Train(false), await Train(true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_model_is_bfloat16_and_the_adapter_float32(bool mixedPrecision)
    {
        using CausalLanguageModel model = TinyAdapters.Model(mixedPrecision ? ScalarType.Float32 : ScalarType.BFloat16);
        List<double> losses = [];
        LongAlignTrainerBuilder builder = Builder(model, losses).UseLoRA();
        _ = mixedPrecision ? builder.UseMixedPrecision() : builder;
        await builder.Build().TrainStepsAsync(40);
        Assert.True(losses[^1] < 0.8 * losses[0], $"{losses[0]} -> {losses[^1]}");
        Assert.All(model.parameters(), parameter => Assert.Equal(model.Adapter!.Owns(parameter) ? ScalarType.Float32 : ScalarType.BFloat16, parameter.dtype));
    }

    [Fact]
    public async Task A_loaded_adapter_is_trained_further_only_if_asked()
    {
        using TemporaryFolder folder = new();
        using CausalLanguageModel first = TinyAdapters.Model();
        await Builder(first).UseLoRA().Build().TrainStepsAsync(2);
        first.Adapter!.Save(folder);

        using CausalLanguageModel second = TinyAdapters.Model();
        second.LoadLora(folder, trainable: true);
        await Builder(second).Build().TrainStepsAsync(2);
        Assert.NotEqual(TinyAdapters.Bytes(first.Adapter.Parameters[1]), TinyAdapters.Bytes(second.Adapter!.Parameters[1]));

        using CausalLanguageModel third = TinyAdapters.Model();
        third.LoadLora(folder);
        await Assert.ThrowsAsync<ArgumentException>(() => Builder(third).Build().TrainStepsAsync(2));
    }

    [Fact]
    public async Task Live_tensors_are_as_many_after_many_steps_as_after_few()
    {
        using CausalLanguageModel model = TinyAdapters.Model();
        List<long> counts = [];
        await Builder(model, report: _ => counts.Add(Tensor.TotalCount)).UseLoRA(new LoraOptions { Dropout = 0.1 }).UseGradientCheckpointing().Build().TrainStepsAsync(60);
        Assert.InRange(counts[^1], 1, counts[9]); // fewer where a collection frees what other tests left
    }

    [Fact]
    public void A_model_that_takes_no_adapter_and_a_second_call_are_faults_and_leave_the_model_alone()
    {
        using CausalLanguageModel model = TinyAdapters.Model();
        string message = Assert.Throws<InvalidOperationException>(() => Builder(model).UseLoRA().UseLoRA().Build()).Message;
        Assert.Contains("UseLoRA was called 2 times", message, StringComparison.Ordinal);
        Assert.Null(model.Adapter);
        LongAlignTrainerBuilder other = Builder(model).ConfigureModel<IDisposableModel>(_ => { }, "UseOther");
        Assert.Contains("UseOther: the model is CausalLanguageModel; expected IDisposableModel", Assert.Throws<InvalidOperationException>(() => other.Build()).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Builder(model).UseLoRA(8, 16, "query").Build());
        Assert.Null(model.Adapter);
        Assert.All(model.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    private static LongAlignTrainerBuilder Builder(CausalLanguageModel model, List<double>? losses = null, Action<TrainingProgress>? report = null)
        => LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(TinyAdapters.Dataset).UsePacking(packing => packing.Capacity = 32)
            .UseAdamW(0.02).UseLossWeighting().ReportProgress(new Listener(progress =>
            {
                losses?.Add(progress.Loss);
                report?.Invoke(progress);
            }));

    private interface IDisposableModel;

    private sealed class Listener(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
