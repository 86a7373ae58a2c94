using LongAlign.Benchmarks.Checks;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace GpuCheck;

/// <summary>The weighted loss of a pack of two sequences and the gradient of its logits, against the mean of their losses in float64 on the CPU.</summary>
internal static class LossCheck
{
    public static IEnumerable<Figure> Run(CheckSizes sizes)
    {
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(42);
        int half = sizes.LossTokens / 2;
        int[] ids = [.. Enumerable.Range(0, half).Select(i => i * 31 % sizes.LossVocabulary)];
        InMemoryDataset dataset = new([new TokenSequence(ids, ids), new TokenSequence(ids, ids)]);
        using PackedBatch batch = new PackedBatchCollator(dataset).Collate(new MicroBatch(new[] { 0, 1 }, LengthLimit.None));
        batch.MoveTo(sizes.Device);
        using WeightedPackingLoss loss = new();
        Tensor logits = randn(sizes.LossTokens, sizes.LossVocabulary);
        Tensor wide = logits.to(ScalarType.Float64).requires_grad_(true);
        Tensor narrow = logits.to(sizes.Device).requires_grad_(true);
        Tensor targets = tensor(ids, ScalarType.Int64)[1..];
        Tensor expected = (nn.functional.cross_entropy(wide[..(half - 1)], targets) + nn.functional.cross_entropy(wide[half..^1], targets)) / 2;
        Tensor actual = loss.forward(narrow, batch);
        expected.backward();
        actual.backward();
        yield return new Figure("loss, Float32 against float64", 1e6 * Math.Abs(actual.ToDouble() - expected.ToDouble()) / expected.ToDouble(), "millionths off", AtMost: 10);
        yield return new Figure(
            "loss, gradient of the logits, Float32 against float64",
            1e6 * ((narrow.grad!.cpu() - wide.grad!).norm() / wide.grad!.norm()).ToDouble(), "millionths off", AtMost: 100);
    }
}
