using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Models.Adapters;
using LongAlign.Sequences;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Adapters;

/// <summary>A tiny model, a batch for it, and adapters that do something.</summary>
internal static class TinyAdapters
{
    public static InMemoryDataset Dataset { get; } = new([Sequence(9, 3), Sequence(2, 1), Sequence(14, 5)]);

    public static CausalLanguageModel Model(ScalarType dtype = ScalarType.Float32, bool tied = false)
        => CausalLanguageModel.Create(TinyModel.ConfigOf(tied ? "llama, tied" : "llama"), seed: 7, dtype);

    /// <summary>Gives B, which begins at 0, values: otherwise A gets no gradient and the outputs are the model's.</summary>
    public static LoraAdapter WithValues(this LoraAdapter adapter, ulong seed = 5)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(seed, CPU);
        using IDisposable noGrad = no_grad();
        foreach (Parameter parameter in adapter.Parameters)
        {
            parameter.copy_(randn(parameter.shape, generator: generator) * 0.2);
        }

        return adapter;
    }

    public static PackedBatch Batch() => new PackedBatchCollator(Dataset).Collate(new MicroBatch(new[] { 0, 1, 2 }, LengthLimit.None));

    /// <summary>Backward of the weighted loss.</summary>
    public static double Backward(CausalLanguageModel model)
    {
        using DisposeScope scope = NewDisposeScope();
        using WeightedPackingLoss weighted = new();
        using PackedBatch batch = Batch();
        Tensor loss = weighted.forward(model.GetHiddenStates(batch.InputIds, batch.PositionIds, batch.Layout), model.OutputWeight!, batch);
        loss.backward();
        return loss.ToDouble();
    }

    public static float[] Logits(CausalLanguageModel model)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using PackedBatch batch = Batch();
        return model.forward(batch.InputIds, batch.PositionIds, batch.Layout).to(ScalarType.Float32).data<float>().ToArray();
    }

    public static byte[] Bytes(Tensor tensor)
    {
        using Tensor detached = tensor.detach();
        return detached.bytes.ToArray();
    }

    /// <summary>The bytes of every weight of the model itself, by name.</summary>
    public static Dictionary<string, byte[]> BaseWeights(CausalLanguageModel model)
        => model.named_parameters().Where(named => model.Adapter?.Owns(named.parameter) != true).ToDictionary(named => named.name, named => Bytes(named.parameter));

    public static double LargestDifference(float[] a, float[] b) => a.Zip(b).Max(pair => Math.Abs((double)pair.First - pair.Second));

    private static TokenSequence Sequence(int length, int targets)
    {
        int[] ids = [.. Enumerable.Range(0, length).Select(t => (t * 7 % 28) + 1)];
        return new TokenSequence(ids, [.. ids.Select((id, t) => t < length - targets ? TokenSequence.IgnoreIndex : id)]);
    }
}
