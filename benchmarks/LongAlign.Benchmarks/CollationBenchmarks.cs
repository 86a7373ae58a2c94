using BenchmarkDotNet.Attributes;
using LongAlign.Collation;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Benchmarks;

/// <summary>Makes the tensors of a pack of about 65,000 tokens, against a tensor for each sequence and <c>cat</c>.</summary>
[MemoryDiagnoser]
public class CollationBenchmarks
{
    private readonly InMemoryDataset _dataset = Workloads.Dataset([.. Workloads.LongMix(1_000).Where(length => length < 4_096).Take(48)], 0.2, 32_000);
    private MicroBatch _pack;
    private PackedBatchCollator? _collator;

    [GlobalSetup]
    public void SetUp()
    {
        _pack = new MicroBatch(Enumerable.Range(0, _dataset.Count).ToArray(), LengthLimit.None);
        _collator = new PackedBatchCollator(_dataset);
    }

    [Benchmark(Baseline = true)]
    public long TensorsThenCat()
    {
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> ids = [];
        List<Tensor> labels = [];
        List<Tensor> positions = [];
        List<Tensor> weights = [];
        for (int i = 0; i < _dataset.Count; i++)
        {
            TokenSequence sequence = _dataset[i];
            ids.Add(tensor(sequence.InputIds.ToArray(), ScalarType.Int64));
            labels.Add(tensor(sequence.Labels.ToArray(), ScalarType.Int64));
            positions.Add(arange(sequence.Length, ScalarType.Int64));
            weights.Add(labels[^1].ne(TokenSequence.IgnoreIndex).to(ScalarType.Float32) / sequence.TargetCount);
        }

        return cat(ids).numel() + cat(labels).numel() + cat(positions).numel() + cat(weights).numel();
    }

    [Benchmark]
    public long PackedBatchCollator()
    {
        using PackedBatch batch = _collator!.Collate(_pack);
        return batch.TokenCount;
    }
}
