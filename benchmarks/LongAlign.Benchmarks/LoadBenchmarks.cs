using BenchmarkDotNet.Attributes;
using LongAlign.Models;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Benchmarks;

/// <summary>A model of 0.5 billion parameters, a gigabyte in bfloat16, read from a folder that is made on the fly.</summary>
public class LoadBenchmarks
{
    private const int Slice = 64 << 20;

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"longalign-load-{Environment.ProcessId}");

    /// <summary>The size of the weights.</summary>
    public long Bytes { get; private set; }

    [GlobalSetup]
    public void SetUp()
    {
        ModelConfig config = ModelConfig.Parse("""
            {
              "model_type": "llama", "vocab_size": 32000, "hidden_size": 2048, "intermediate_size": 5504, "num_hidden_layers": 8,
              "num_attention_heads": 16, "num_key_value_heads": 16, "max_position_embeddings": 4096
            }
            """);
        using CausalLanguageModel model = CausalLanguageModel.Create(config, seed: 42, ScalarType.BFloat16);
        Bytes = model.parameters().Sum(parameter => parameter.numel() * parameter.element_size());
        model.SavePretrained(_folder);
    }

    [GlobalCleanup]
    public void CleanUp() => Directory.Delete(_folder, recursive: true);

    /// <summary>Reads the file and keeps nothing.</summary>
    [Benchmark(Baseline = true)]
    public void ReadFile() => ReadFile(keep: false);

    /// <summary>The least that loading can be: the file into fresh memory of its size.</summary>
    [Benchmark]
    public void ReadFileIntoFreshMemory() => ReadFile(keep: true);

    [Benchmark]
    public void Load() => CausalLanguageModel.FromPretrained(_folder, ScalarType.BFloat16).Dispose();

    [Benchmark]
    public void LoadAndCast() => CausalLanguageModel.FromPretrained(_folder, ScalarType.Float32).Dispose();

    private void ReadFile(bool keep)
    {
        using DisposeScope scope = NewDisposeScope();
        using SafeFileHandle file = File.OpenHandle(Path.Combine(_folder, "model.safetensors"));
        Tensor memory = empty(Slice, ScalarType.Byte);
        long offset = 0;
        while (RandomAccess.Read(file, memory.bytes, offset) is > 0 and int read)
        {
            offset += read;
            memory = keep ? empty(Slice, ScalarType.Byte) : memory;
        }
    }
}
