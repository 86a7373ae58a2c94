using System.Security.Cryptography;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Packing;
using LongAlign.Sequences;
using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.TrainingHost;

/// <summary>The small run that tests kill, resume and compare.</summary>
public static class TinyRun
{
    /// <summary>Sequences that count upwards modulo 12, of lengths 3 to 20; the rare token comes late in the order of the data.</summary>
    public static InMemoryDataset Dataset(int count = 30, int shift = 0) => new(Enumerable.Range(0, count).Select(i =>
    {
        int[] ids = [.. Enumerable.Range(0, 3 + (i * 7 % 18)).Select(t => (i + shift + t) % 12)];
        ids[0] = i % 10 == 7 ? DropoutDecoder.RareToken : ids[0];
        return new TokenSequence(ids, ids);
    }));

    /// <summary>Packs of the dataset, two to a step.</summary>
    public static PackedBatchSampler Sampler(InMemoryDataset dataset, ulong seed = 3)
        => new(PackingAlgorithm.BestFitDecreasing.Pack(dataset.Lengths, 40), dataset, seed) { AccumulationSteps = 2, UnevenEnd = UnevenEnd.Drop };

    public static LongAlignTrainerBuilder Builder(DropoutDecoder model, InMemoryDataset dataset, IBatchSampler? sampler = null, IBatchCollator? collator = null)
        => LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(dataset)
            .UseBatching(sampler ?? Sampler(dataset), collator ?? new PackedBatchCollator(dataset))
            .UseLossWeighting().UseAdamW(learningRate: 0.02, weightDecay: 0.01).UseCosineSchedule(warmupRatio: 0.1).UseGradientClipping(1);

    /// <summary>A hash of all parameters and buffers, to the bit.</summary>
    public static string Hash(nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        using DisposeScope scope = NewDisposeScope();
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Tensor tensor in module.parameters().Concat(module.buffers()))
        {
            hash.AppendData(tensor.detach().bytes);
        }

        return Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, 16));
    }
}
