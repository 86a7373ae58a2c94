using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Models;
using LongAlign.Packing;
using LongAlign.Sequences;
using LongAlign.Training;
using TorchSharp.Utils;

namespace Extend;

/// <summary>Sequences of more than half a pack stand alone; the others are laid in order.</summary>
internal sealed class OwnPacking : IPackingAlgorithm
{
    public string Name => "long ones alone";

    public PackingPlan Pack(ReadOnlySpan<int> lengths, int capacity, OverlongPolicy overlong = OverlongPolicy.Throw, int maxSequencesPerPack = int.MaxValue)
    {
        List<List<int>> packs = [];
        List<int> open = [];
        int tokens = 0;
        for (int i = 0; i < lengths.Length; i++)
        {
            if (lengths[i] > capacity && overlong == OverlongPolicy.Drop)
            {
                continue; // left out, and listed as such
            }

            int length = Math.Min(lengths[i], capacity);
            if (length > capacity / 2)
            {
                packs.Add([i]);
                continue;
            }

            if (open.Count == 0 || tokens + length > capacity || open.Count == maxSequencesPerPack)
            {
                (open, tokens) = ([], 0);
                packs.Add(open);
            }

            open.Add(i);
            tokens += length;
        }

        return PackingPlan.FromPacks(lengths, packs, capacity, overlong, maxSequencesPerPack); // checks it
    }

    /// <summary>Replaces a share of the input tokens by random ones; labels stay.</summary>
    private sealed class NoisyCollator(double share) : IBatchCollator
    {
        private readonly PackedBatchCollator _collator = new(Tiny.Conversations);

        public TrainingBatch Collate(MicroBatch microBatch)
        {
            PackedBatch batch = _collator.Collate(microBatch);
            TensorAccessor<long> ids = batch.InputIds.data<long>();
            Random random = new(microBatch.Indices.Span[0]);
            foreach (int position in Enumerable.Range(0, batch.TokenCount).Where(_ => random.NextDouble() < share))
            {
                ids[position] = random.Next(Tiny.Tokenizer.VocabularySize);
            }

            return batch;
        }
    }

    public static async Task<string> RunAsync()
    {
        using CausalLanguageModel model = Tiny.Model();
        PackingPlan plan = new OwnPacking().Pack(Tiny.Conversations.Lengths, capacity: 1_024);
        TrainingResult result = await LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Tiny.Conversations)
            .UseBatching(new PackedBatchSampler(plan, Tiny.Conversations, seed: 42), new NoisyCollator(share: 0.05)).UseAdamW(1e-3)
            .Build().TrainAsync();
        return $"{plan}; {Tiny.Summary(result)}";
    }
}
