using LongAlign.Models.Adapters;
using LongAlign.Sequences;
using LongAlign.Training;
using LongAlign.Training.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests;

[Trait("Speed", "Slow")]
public sealed class ResumedModelTests
{
    private static readonly InMemoryDataset Dataset = new(Enumerable.Range(0, 12).Select(i =>
    {
        int[] ids = [.. Enumerable.Range(0, 4 + i).Select(t => ((i * 5) + (t * 3)) % 29)];
        return new TokenSequence(ids, ids);
    }));

    [Theory]
    [InlineData(ScalarType.Float32, false, false)]
    [InlineData(ScalarType.Float32, true, true)]
    [InlineData(ScalarType.BFloat16, true, false)]
    public async Task A_resumed_run_has_the_weights_of_one_that_never_stopped_and_a_folder_for_others(ScalarType dtype, bool tied, bool mixed)
    {
        using TemporaryFolder folder = new();
        byte[] straight = await Train(seed: 7, _ => { });
        await Train(seed: 7, builder => builder.SaveCheckpoints(folder, everySteps: 2, keep: 9));
        Directory.Delete(folder.File("checkpoint-00000006"), recursive: true);
        byte[] resumed = await Train(seed: 8, builder => builder.ResumeFrom(folder)); // other weights, until the checkpoint's come
        Assert.Equal(straight, resumed);

        using CausalLanguageModel read = CausalLanguageModel.FromPretrained(folder.File("checkpoint-00000004/model"), mixed ? ScalarType.BFloat16 : dtype);
        Assert.Equal(Enumerable.Repeat(mixed ? ScalarType.BFloat16 : dtype, read.parameters().Count()), read.parameters().Select(parameter => parameter.dtype));

        async Task<byte[]> Train(ulong seed, Action<LongAlignTrainerBuilder> configure)
        {
            using CausalLanguageModel model = CausalLanguageModel.Create(TinyModel.ConfigOf(tied ? "llama, tied" : "llama"), seed, dtype);
            LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Dataset).UsePacking(packing => packing.Capacity = 16)
                .UseLossWeighting().UseAdamW(0.01).UseCosineSchedule(warmupRatio: 0.2).UseGradientClipping(1);
            _ = mixed ? builder.UseMixedPrecision() : builder;
            configure(builder);
            await builder.Build().TrainStepsAsync(6);
            return [.. model.parameters().SelectMany(parameter => parameter.detach().bytes.ToArray())];
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_of_an_adapter_saves_the_adapter_alone_and_goes_on_with_its_base_model_only(bool mixed)
    {
        using TemporaryFolder folder = new();
        byte[] straight = await Train(seed: 7, _ => { });
        Assert.Equal(straight, await Train(seed: 7, _ => { }));
        Assert.Equal(straight, await Train(seed: 7, builder => builder.SaveCheckpoints(folder, everySteps: 2, keep: 9)));
        Directory.Delete(folder.File("checkpoint-00000006"), recursive: true);
        byte[] resumed = await Train(seed: 7, builder => builder.ResumeFrom(folder));
        Assert.Equal(straight, resumed);
        Assert.Equal(
            ["adapter_config.json", "adapter_model.safetensors"],
            Directory.GetFiles(folder.File("checkpoint-00000004/model")).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        CheckpointException e = await Assert.ThrowsAsync<CheckpointException>(() => Train(seed: 8, builder => builder.ResumeFrom(folder)));
        Assert.Contains("frozen weights", e.Message, StringComparison.Ordinal);

        async Task<byte[]> Train(ulong seed, Action<LongAlignTrainerBuilder> configure)
        {
            manual_seed(3);
            using CausalLanguageModel model = CausalLanguageModel.Create(TinyModel.Config, seed);
            LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Dataset).UsePacking(packing => packing.Capacity = 16)
                .UseLossWeighting().UseAdamW(0.01).UseLoRA(rank: 2, alpha: 4, "q_proj", "down_proj");
            _ = mixed ? builder.UseMixedPrecision() : builder;
            configure(builder);
            await builder.Build().TrainStepsAsync(6);
            return [.. model.parameters().SelectMany(parameter => parameter.detach().bytes.ToArray())];
        }
    }
}
