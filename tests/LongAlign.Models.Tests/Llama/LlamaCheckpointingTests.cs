using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Models.Llama;
using LongAlign.Sequences;
using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Llama;

public sealed class LlamaCheckpointingTests
{
    private static readonly InMemoryDataset Dataset = new(Enumerable.Range(2, 9).Select(length =>
    {
        int[] ids = [.. Enumerable.Range(0, length).Select(t => (t * 7 + length) % 29)];
        return new TokenSequence(ids, ids);
    }));

    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.Float32, true)]
    [InlineData(ScalarType.BFloat16, false)]
    public void Loss_and_gradients_of_all_parameters_are_those_of_the_plain_run(ScalarType dtype, bool tied)
    {
        using DisposeScope scope = NewDisposeScope();
        (double plainLoss, Tensor[] plain) = Run(usesCheckpoints: false);
        (double loss, Tensor[] checkpointed) = Run(usesCheckpoints: true);
        Assert.Equal(plainLoss, loss);
        Assert.All(plain.Zip(checkpointed), pair => Assert.True((pair.First - pair.Second).abs().max().ToDouble() <= 1e-6));

        (double, Tensor[]) Run(bool usesCheckpoints)
        {
            using LlamaForCausalLM model = LlamaForCausalLM.Create(TinyLlama.Config with { TieWordEmbeddings = tied }, seed: 1, dtype);
            model.UsesGradientCheckpointing = usesCheckpoints;
            using PackedBatch batch = new PackedBatchCollator(Dataset).Collate(new MicroBatch(Enumerable.Range(0, Dataset.Count).ToArray(), LengthLimit.None));
            using WeightedPackingLoss weightedLoss = new();
            Tensor value = weightedLoss.forward(model.GetHiddenStates(batch.InputIds, batch.PositionIds, batch.Layout), model.OutputWeight, batch);
            value.backward();
            GradientCheckpoint.ThrowIfFailed();
            return (value.ToDouble(), [.. model.parameters().Select(parameter => parameter.grad!.clone())]);
        }
    }

    [Fact]
    public async Task The_trainer_trains_to_the_same_weights_and_leaves_no_tensor_behind()
    {
        float[] plain = await Train(usesCheckpoints: false);
        float[] checkpointed = await Train(usesCheckpoints: true);
        Assert.Equal(plain, checkpointed, (a, b) => Math.Abs(a - b) < 1e-5);

        static async Task<float[]> Train(bool usesCheckpoints)
        {
            using LlamaForCausalLM model = LlamaForCausalLM.Create(TinyLlama.Config, seed: 1);
            List<long> live = [];
            LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Dataset).UsePacking(packing => packing.Capacity = 16)
                .UseLossWeighting().UseAdamW(1e-3).ReportProgress(new Recorder(live));
            if (usesCheckpoints)
            {
                builder.UseGradientCheckpointing();
            }

            await builder.Build().TrainStepsAsync(200);
            Assert.Equal(usesCheckpoints, model.UsesGradientCheckpointing);
            Assert.True(live[^1] <= live[20], $"{live[20]} tensors after step 20, {live[^1]} after step 200.");
            return [.. model.parameters().SelectMany(parameter => parameter.data<float>().ToArray())];
        }
    }

    private sealed class Recorder(List<long> live) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => live.Add(Tensor.TotalCount);
    }
}
