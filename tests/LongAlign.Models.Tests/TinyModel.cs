using LongAlign.Models.Llama;

namespace LongAlign.Models.Tests.Llama;

/// <summary>The smallest model that has all that a Llama has: two layers, grouped queries, more than one pair of rotary dimensions.</summary>
internal static class TinyLlama
{
    public static LlamaConfig Config { get; } = new()
    {
        VocabularySize = 29,
        HiddenSize = 16,
        IntermediateSize = 24,
        LayerCount = 2,
        HeadCount = 4,
        KeyValueHeadCount = 2,
        MaxPositions = 64,
        InitializerRange = 0.3, // so that gradients are far from 0
    };

    public static string ConfigJson => """
        {
          "model_type": "llama", "vocab_size": 29, "hidden_size": 16, "intermediate_size": 24,
          "num_hidden_layers": 2, "num_attention_heads": 4
        }
        """;
}
