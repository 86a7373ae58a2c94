using LongAlign.Models;

namespace LongContextStep;

/// <summary>The model that is trained: a Llama of 9.7 million parameters beside embedding and head.</summary>
internal static class StepModel
{
    public const int Vocabulary = 32_000;
    public const int Hidden = 512;
    public const int Intermediate = 1_152;
    public const int Layers = 4;
    public const int Heads = 8;
    public const int KeyValueHeads = 2;
    public const int HeadDim = 64;

    public static ModelConfig Config(int maxPositions) => ModelConfig.Parse($$"""
        {
          "model_type": "llama", "vocab_size": {{Vocabulary}}, "hidden_size": {{Hidden}}, "intermediate_size": {{Intermediate}},
          "num_hidden_layers": {{Layers}}, "num_attention_heads": {{Heads}}, "num_key_value_heads": {{KeyValueHeads}},
          "max_position_embeddings": {{maxPositions}}, "rope_theta": 2000000.0
        }
        """);
}
