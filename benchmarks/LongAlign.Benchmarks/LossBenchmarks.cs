using BenchmarkDotNet.Attributes;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Benchmarks;

/// <summary>
/// Forward and backward of vocabulary projection and loss: 2,048 tokens, 256 hidden, 32,000 pieces. Fused against the projection of all
/// tokens and a cross entropy over their logits.
/// </summary>
[MemoryDiagnoser]
public class LossBenchmarks
{
    private const int Hidden = 256;
    private const int Vocabulary = 32_000;
    private readonly WeightedPackingLoss _loss = new();
    private PackedBatch? _batch;
    private Tensor? _hidden;
    private Tensor? _head;
    private Tensor? _weights;

    public int Tokens { get; set; } = 2_048;

    [Params(0.1, 1.0)]
    public double TargetShare { get; set; } = 0.1;

    [GlobalSetup]
    public void SetUp()
    {
        random.manual_seed(42);
        InMemoryDataset dataset = Workloads.Dataset([Tokens], TargetShare, Vocabulary);
        _batch = new PackedBatchCollator(dataset).Collate(new MicroBatch(new[] { 0 }, LengthLimit.None));
        _hidden = randn(Tokens, Hidden, requires_grad: true);
        _head = (randn(Vocabulary, Hidden) / Math.Sqrt(Hidden)).detach().requires_grad_(true);
        _weights = _batch.LossWeights[1..];
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _batch?.Dispose();
        _hidden?.Dispose();
        _head?.Dispose();
        _weights?.Dispose();
    }

    /// <summary>As most training loops have it.</summary>
    [Benchmark(Baseline = true)]
    public double AllLogits() => ForwardAndBackward(() =>
    {
        Tensor logits = _hidden!.matmul(_head!.t())[..^1];
        return (nn.functional.cross_entropy(logits, _batch!.Labels[1..], ignore_index: TokenSequence.IgnoreIndex, reduction: nn.Reduction.None) * _weights!).sum();
    });

    /// <summary>The logits path of the loss.</summary>
    [Benchmark]
    public double AllLogitsWeighted() => ForwardAndBackward(() => _loss.forward(_hidden!.matmul(_head!.t()), _batch!));

    [Benchmark]
    public double Fused() => ForwardAndBackward(() => _loss.forward(_hidden!, _head!, _batch!));

    /// <summary>The gradients of the last run.</summary>
    internal (Tensor Hidden, Tensor Head) Gradients() => (_hidden!.grad!.clone(), _head!.grad!.clone());

    private double ForwardAndBackward(Func<Tensor> loss)
    {
        using DisposeScope scope = NewDisposeScope();
        _hidden!.grad?.zero_();
        _head!.grad?.zero_();
        Tensor value = loss();
        value.backward();
        return value.ToDouble();
    }
}
