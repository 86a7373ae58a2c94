using BenchmarkDotNet.Attributes;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Benchmarks;

/// <summary>
/// Forward and backward of vocabulary projection and loss: 2,048 tokens, one in ten a target, 256 hidden, 32,000 pieces. Against the
/// projection of all tokens and a cross entropy that ignores most of them.
/// </summary>
[MemoryDiagnoser]
public class LossBenchmarks
{
    private const int Tokens = 2_048;
    private const int Hidden = 256;
    private const int Vocabulary = 32_000;
    private readonly WeightedPackingLoss _loss = new();
    private PackedBatch? _batch;
    private Tensor? _hidden;
    private Tensor? _head;

    [GlobalSetup]
    public void SetUp()
    {
        random.manual_seed(42);
        InMemoryDataset dataset = Workloads.Dataset([Tokens], targetShare: 0.1, Vocabulary);
        _batch = new PackedBatchCollator(dataset).Collate(new MicroBatch(new[] { 0 }, LengthLimit.None));
        _hidden = randn(Tokens, Hidden, requires_grad: true);
        _head = (randn(Vocabulary, Hidden) / Math.Sqrt(Hidden)).detach().requires_grad_(true);
    }

    [Benchmark(Baseline = true)]
    public double AllLogits() => ForwardAndBackward(() =>
        nn.functional.cross_entropy(_hidden!.matmul(_head!.t())[..^1], _batch!.Labels[1..], ignore_index: TokenSequence.IgnoreIndex));

    [Benchmark]
    public double AllLogitsWeighted() => ForwardAndBackward(() => _loss.forward(_hidden!.matmul(_head!.t()), _batch!));

    [Benchmark]
    public double TargetsOnly() => ForwardAndBackward(() =>
    {
        BatchTargets targets = BatchTargets.Of(_batch!, LossReduction.SequenceMean);
        return targets.Loss(_hidden!.index_select(0, targets.Predictors).matmul(_head!.t()));
    });

    private double ForwardAndBackward(Func<Tensor> loss)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor value = loss();
        value.backward();
        _hidden!.grad!.zero_();
        _head!.grad!.zero_();
        return value.ToDouble();
    }
}
