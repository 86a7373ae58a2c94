using BenchmarkDotNet.Attributes;
using LongAlign.Models;
using LongAlign.Sequences;
using LongAlign.Training;

namespace LongAlign.Benchmarks;

/// <summary>
/// End to end: one epoch of 64 sequences of the long mix at a thirty-second of its lengths (longest about 2,000 tokens, one token in
/// five a target) through a four-layer Llama. Every batching trains on the same tokens.
/// </summary>
[MemoryDiagnoser]
public class TrainingBenchmarks
{
    private const int Capacity = Workloads.Capacity / 32;
    private const int BatchSize = 4;

    private readonly InMemoryDataset _dataset = Workloads.Dataset([.. Workloads.LongMix(64).Select(length => Math.Max(2, length / 32))], 0.2, 8_000);

    private readonly ModelConfig _config = ModelConfig.Parse($$"""
        {
          "model_type": "llama", "vocab_size": 8000, "hidden_size": 128, "intermediate_size": 352, "num_hidden_layers": 4,
          "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": {{Capacity}}, "tie_word_embeddings": true
        }
        """);

    [Benchmark(Baseline = true)]
    public Task<TrainingResult> Naive() => TrainAsync(builder => builder.UseNaiveBatching(batching => batching.BatchSize = BatchSize));

    [Benchmark]
    public Task<TrainingResult> Sorted() => TrainAsync(builder => builder.UseSortedBatching(batching => batching.BatchSize = BatchSize));

    [Benchmark]
    public Task<TrainingResult> Packed() => TrainAsync(builder => builder.UsePacking(packing => packing.Capacity = Capacity));

    private async Task<TrainingResult> TrainAsync(Func<LongAlignTrainerBuilder, LongAlignTrainerBuilder> useBatching)
    {
        using CausalLanguageModel model = CausalLanguageModel.Create(_config, seed: 42);
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(_dataset).UseLossWeighting().UseAdamW(1e-3);
        return await useBatching(builder).Build().TrainAsync().ConfigureAwait(false);
    }
}
