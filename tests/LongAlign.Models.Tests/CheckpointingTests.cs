using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Sequences;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests;

/// <summary>Layers computed again in the backward pass give what they give when all is kept.</summary>
public sealed class CheckpointingTests
{
    private static readonly InMemoryDataset Dataset = new([Sequence(9, 3), Sequence(2, 1), Sequence(14, 5)]);

    [Theory]
    [InlineData(ScalarType.Float32, "llama")]
    [InlineData(ScalarType.Float32, "mistral")]
    [InlineData(ScalarType.Float32, "chatglm")]
    [InlineData(ScalarType.Float32, "llama, tied")]
    [InlineData(ScalarType.BFloat16, "llama")]
    public void The_loss_is_equal_to_the_bit_and_so_is_every_gradient(ScalarType dtype, string family)
    {
        using DisposeScope scope = NewDisposeScope();
        (float loss, Dictionary<string, Tensor> gradients) = Run(dtype, family, checkpointing: false);
        (float again, Dictionary<string, Tensor> recomputed) = Run(dtype, family, checkpointing: true);
        Assert.Equal(loss, again);
        Assert.Equal(gradients.Keys, recomputed.Keys);
        Assert.All(gradients, named => Assert.True(
            (named.Value - recomputed[named.Key]).abs().max().ToDouble() <= 1e-6 * named.Value.abs().max().ToDouble(), named.Key));
    }

    [Fact]
    public async Task The_trainer_gives_the_same_weights_with_and_without()
    {
        async Task<byte[]> Train(bool checkpointing)
        {
            using CausalLanguageModel model = CausalLanguageModel.Create(TinyModel.Config, seed: 7);
            LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Dataset)
                .UsePacking(packing => packing.Capacity = 16).UseAdamW(0.01).UseLossWeighting();
            _ = checkpointing ? builder.UseGradientCheckpointing() : builder;
            await builder.Build().TrainStepsAsync(5);
            Assert.Equal(checkpointing, model.GradientCheckpointing);
            return [.. model.parameters().SelectMany(parameter => parameter.detach().bytes.ToArray())];
        }

        Assert.Equal(await Train(false), await Train(true));
    }

    private static (float Loss, Dictionary<string, Tensor> Gradients) Run(ScalarType dtype, string family, bool checkpointing)
    {
        using CausalLanguageModel model = TinyModel.Create(family, dtype);
        model.GradientCheckpointing = checkpointing;
        using WeightedPackingLoss weightedLoss = new();
        using PackedBatch batch = new PackedBatchCollator(Dataset).Collate(new MicroBatch(new[] { 0, 1, 2 }, LengthLimit.None));
        Tensor hidden = model.GetHiddenStates(batch.InputIds, batch.PositionIds, batch.Layout);
        Tensor loss = weightedLoss.forward(hidden, model.OutputWeight!, batch);
        loss.backward();
        return (loss.item<float>(), model.named_parameters().ToDictionary(named => named.name, named => named.parameter.grad!.clone()));
    }

    private static TokenSequence Sequence(int length, int step)
    {
        int[] ids = [.. Enumerable.Range(1, length).Select(t => t * step % TinyModel.Vocabulary)];
        return new TokenSequence(ids, ids);
    }
}
