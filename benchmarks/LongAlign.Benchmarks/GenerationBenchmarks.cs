using BenchmarkDotNet.Attributes;
using LongAlign.Models;
using LongAlign.Models.Generation;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Benchmarks;

/// <summary>Greedy tokens of a Llama of 39 million parameters in float32, one prompt or eight at a time.</summary>
public class GenerationBenchmarks
{
    public const int NewTokens = 32;

    private CausalLanguageModel _model = null!;
    private TokenGenerator _generator = null!;
    private Tensor[] _weights = [];

    /// <summary>Bytes of weights that a token needs: all but the embedding, of which it reads a row.</summary>
    public long BytesOfToken => _weights.Sum(weight => weight.numel() * weight.element_size());

    [GlobalSetup]
    public void SetUp()
    {
        _model = CausalLanguageModel.Create(
            ModelConfig.Parse("""
                {
                  "model_type": "llama", "vocab_size": 16000, "hidden_size": 512, "intermediate_size": 1408, "num_hidden_layers": 8,
                  "num_attention_heads": 8, "num_key_value_heads": 2, "max_position_embeddings": 4096
                }
                """),
            seed: 42);
        _generator = new TokenGenerator(_model);
        _weights = [.. _model.named_parameters().Where(named => !named.name.Contains("embed", StringComparison.Ordinal)).Select(named => named.parameter)];
    }

    [GlobalCleanup]
    public void CleanUp() => _model.Dispose();

    /// <summary>The least work of a token: each weight read once, by libtorch's product of a matrix and a vector.</summary>
    [Benchmark(Baseline = true)]
    public void ReadWeights()
    {
        using var noGrad = no_grad();
        for (int i = 0; i < NewTokens; i++)
        {
            foreach (Tensor weight in _weights.Where(weight => weight.dim() == 2))
            {
                using DisposeScope scope = NewDisposeScope();
                weight.mv(ones(weight.shape[1]));
            }
        }
    }

    [Benchmark]
    public void One() => Generate(1, 128, NewTokens);

    [Benchmark]
    public void Eight() => Generate(8, 128, NewTokens);

    /// <summary>Reading prompts of different lengths and a first token.</summary>
    [Benchmark]
    public void Prompts() => Generate(8, 128, 1);

    /// <summary>Prompts of <paramref name="length"/> tokens and fewer.</summary>
    public void Generate(int prompts, int length, int newTokens)
        => _generator.Generate(
            [.. Enumerable.Range(0, prompts).Select(i => Enumerable.Range(i, length - (i * length / 16)).Select(t => t * 7 % 16_000).ToArray())],
            new GenerationOptions { MaxNewTokens = newTokens, StopTokenIds = [] });
}
