using BenchmarkDotNet.Attributes;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Benchmarks;

/// <summary>An AdamW step over 50 million float32 parameters in 200 tensors, against a copy that moves as many bytes.</summary>
[MemoryDiagnoser]
public class OptimizerBenchmarks
{
    public const int Tensors = 200;
    public const int Elements = 250_000;

    /// <summary>Reads weight, gradient and both moments, writes all but the gradient.</summary>
    public const int BytesPerParameter = 28;

    private Parameter[] _parameters = [];
    private FusedAdamW? _optimizer;
    private Tensor[] _sources = [];
    private Tensor[] _targets = [];

    public ScalarType Dtype { get; set; } = ScalarType.Float32;

    [GlobalSetup]
    public void SetUp()
    {
        random.manual_seed(42);
        _parameters = [.. Enumerable.Range(0, Tensors).Select(_ => new Parameter(randn(Elements).to(Dtype)))];
        Array.ForEach(_parameters, parameter => parameter.grad = randn_like(parameter));
        _optimizer = new FusedAdamW(_parameters);

        // A copy reads a half of the bytes and writes the other.
        long floats = Elements * BytesPerParameter / 2 / sizeof(float);
        _sources = [.. Enumerable.Range(0, Tensors).Select(_ => ones(floats))];
        _targets = [.. Enumerable.Range(0, Tensors).Select(_ => zeros(floats))];
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _optimizer?.Dispose();
        foreach (Tensor tensor in _parameters.Concat(_sources).Concat(_targets))
        {
            tensor.Dispose();
        }
    }

    [Benchmark(Baseline = true)]
    public void Copy()
    {
        for (int i = 0; i < Tensors; i++)
        {
            _targets[i].copy_(_sources[i]);
        }
    }

    [Benchmark]
    public void Step() => _optimizer!.Step(1e-6);

    [Benchmark]
    public double ClipAndStep() => _optimizer!.ClipAndStep(1e-6, 1);

    [Benchmark]
    public void ZeroGradients() => _optimizer!.ZeroGradients();
}
