using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Models;
using LongAlign.Sequences;
using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Extend;

/// <summary>Distillation: the student's distribution of every target token comes near the teacher's, which the collator puts into the batch.</summary>
internal sealed class Distillation : ITrainingLoss
{
    private const string Teacher = "teacher";

    public LossShare Compute(ITrainableModel model, TrainingBatch batch)
    {
        BatchTargets targets = BatchTargets.Of(batch); // weights that count every sequence of the step the same
        Tensor student = nn.functional.log_softmax(TargetLogits.Of(model, batch, targets), 1);
        Tensor divergence = (batch[Teacher].exp() * (batch[Teacher] - student)).sum(1);
        return new LossShare((divergence * targets.Weights).sum());
    }

    /// <summary>Adds what the teacher says to each batch, ahead of the step that needs it.</summary>
    private sealed class TeachingCollator(CausalLanguageModel teacher) : IBatchCollator
    {
        private readonly PackedBatchCollator _collator = new(Tiny.Conversations);
        private readonly Lock _lock = new(); // batches are made on several threads

        public TrainingBatch Collate(MicroBatch microBatch)
        {
            PackedBatch batch = _collator.Collate(microBatch);
            lock (_lock)
            {
                using DisposeScope scope = NewDisposeScope();
                using IDisposable noGrad = no_grad();
                batch.Add(Teacher, nn.functional.log_softmax(TargetLogits.Of(teacher, batch, BatchTargets.Of(batch)), 1));
            }

            return batch;
        }
    }

    public static async Task<string> RunAsync()
    {
        using CausalLanguageModel teacher = Tiny.Model(seed: 1);
        using CausalLanguageModel student = Tiny.Model(seed: 2);
        GlobalBatchSampler sampler = new(Tiny.Conversations, globalBatchSize: 8, capacity: 512, seed: 42);
        TrainingResult result = await LongAlignTrainer.CreateBuilder().UseModel(student).UseDataset(Tiny.Conversations)
            .UseBatching(sampler, new TeachingCollator(teacher))
            .UseLoss(new Distillation()).UseAdamW(1e-3)
            .Build().TrainAsync(epochs: 3);
        return Tiny.Summary(result);
    }
}
