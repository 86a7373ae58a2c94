using LongAlign.Models.Llama;

namespace LongContextStep;

/// <summary>The model that is trained.</summary>
internal static class Models
{
    /// <summary>A Llama of 9.7 million parameters beside embedding and head.</summary>
    public static LlamaConfig Config(int maxPositions) => new()
    {
        VocabularySize = 32_000,
        HiddenSize = 512,
        IntermediateSize = 1_152,
        LayerCount = 4,
        HeadCount = 8,
        KeyValueHeadCount = 2,
        MaxPositions = maxPositions,
        RopeTheta = 2_000_000,
    };
}
