using BenchmarkDotNet.Attributes;
using LongAlign.Collation;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Benchmarks;

/// <summary>Makes the tensors of a batch: against a copy of as many bytes, and against a tensor for each sequence and <c>cat</c>.</summary>
[MemoryDiagnoser]
public class CollationBenchmarks
{
    private InMemoryDataset _dataset = new([new TokenSequence([1], [1])]);
    private MicroBatch _all;
    private byte[] _source = [];
    private byte[] _target = [];

    /// <summary>Tokens of the pack, a multiple of 4,096.</summary>
    [Params(4_096, 65_536)]
    public int Tokens { get; set; } = 65_536;

    [GlobalSetup]
    public void SetUp()
    {
        int[] lengths = [.. Enumerable.Range(0, 12).Select(i => Workloads.LongTailedPack.GetLength(i) * (Tokens / Workloads.LongTailedPack.TokenCount))];
        _dataset = Workloads.Dataset(lengths, 0.2, 32_000);
        _all = new MicroBatch(Enumerable.Range(0, _dataset.Count).ToArray(), LengthLimit.None);
        _source = new byte[Tokens * ((3 * sizeof(long)) + sizeof(float))];
        _target = new byte[_source.Length];
    }

    [Benchmark(Baseline = true)]
    public void Copy() => _source.AsSpan().CopyTo(_target);

    [Benchmark]
    public void Packed() => new PackedBatchCollator(_dataset).Collate(_all).Dispose();

    [Benchmark]
    public void Padded() => new PaddedBatchCollator(_dataset).Collate(_all).Dispose();

    [Benchmark]
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
}
