using LongAlign.Collation;
using LongAlign.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace GpuCheck;

/// <summary>The sizes of the checks, on a GPU or as a rehearsal on the CPU.</summary>
internal sealed record CheckSizes
{
    private const int Vocabulary = 32_000;

    private static readonly ModelConfig TinyModel = ModelConfig.Parse("""
        {
          "model_type": "llama", "vocab_size": 500, "hidden_size": 32, "intermediate_size": 64,
          "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 512
        }
        """);

    /// <summary>Gets attention and the loss at working sizes, and a step of 65,536 tokens through 1.1 billion parameters.</summary>
    public static CheckSizes Gpu => new()
    {
        Device = CUDA,
        Correctness = PackLayout.FromLengths(700, 33, 1, 256, 1_190, 12, 12, 320),
        Speed = PackLayout.FromLengths(192, 6_144, 384, 2_048, 128, 3_072, 1_024, 256, 1_536, 512, 768, 320),
        Heads = 32,
        KeyValueHeads = 8,
        HeadDim = 128,
        LossTokens = 4_096,
        LossVocabulary = Vocabulary,
        StepLengths = [40_000, 12_000, 6_000, 3_000, 2_000, 1_000, 800, 400, 200, 100, 36],
        Model = ModelConfig.Parse($$"""
            {
              "model_type": "llama", "vocab_size": {{Vocabulary}}, "hidden_size": 2048, "intermediate_size": 5632,
              "num_hidden_layers": 22, "num_attention_heads": 32, "num_key_value_heads": 4, "max_position_embeddings": 65536
            }
            """),
        RankTokens = 4_096,
        RankModel = ModelConfig.Parse("""
            {
              "model_type": "llama", "vocab_size": 8000, "hidden_size": 512, "intermediate_size": 1408,
              "num_hidden_layers": 4, "num_attention_heads": 8, "num_key_value_heads": 4, "max_position_embeddings": 4096
            }
            """),
    };

    /// <summary>Gets the same code in seconds on the CPU.</summary>
    public static CheckSizes Tiny => new()
    {
        Device = CPU,
        Correctness = PackLayout.FromLengths(70, 33, 1, 25, 12, 12),
        Speed = PackLayout.FromLengths(24, 256, 48, 128, 16, 40),
        Heads = 4,
        KeyValueHeads = 2,
        HeadDim = 16,
        LossTokens = 64,
        LossVocabulary = 500,
        StepLengths = [300, 120, 60, 32],
        Model = TinyModel,
        RankTokens = 128,
        RankModel = TinyModel,
    };

    public required Device Device { get; init; }

    public required PackLayout Correctness { get; init; }

    public required PackLayout Speed { get; init; }

    public required int Heads { get; init; }

    public required int KeyValueHeads { get; init; }

    public required int HeadDim { get; init; }

    public required int LossTokens { get; init; }

    public required int LossVocabulary { get; init; }

    public required int[] StepLengths { get; init; }

    public required ModelConfig Model { get; init; }

    /// <summary>Gets the tokens of a pack of two processes.</summary>
    public required int RankTokens { get; init; }

    /// <summary>Gets the model that two processes train in float32.</summary>
    public required ModelConfig RankModel { get; init; }

    public bool IsGpu => Device.type == DeviceType.CUDA;

    /// <summary>Waits for the device, so that a clock sees its work.</summary>
    public void Synchronize()
    {
        if (IsGpu)
        {
            cuda.synchronize();
        }
    }
}
