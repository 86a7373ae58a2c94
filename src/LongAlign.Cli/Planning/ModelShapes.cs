using LongAlign.Models;
using LongAlign.Training;

namespace LongAlign.Cli.Planning;

/// <summary>The dimensions of models, by name or from a folder: nothing is loaded.</summary>
internal static class ModelShapes
{
    private static readonly Dictionary<string, DecoderDimensions> ByName = new(StringComparer.OrdinalIgnoreCase)
    {
        ["llama-2-7b"] = DecoderDimensions.Llama7B,
        ["llama-2-13b"] = DecoderDimensions.Llama13B,
        ["chatglm3-6b"] = DecoderDimensions.ChatGlm6B,
        ["llama-3.1-8b"] = DecoderDimensions.Llama7B with { IntermediateSize = 14_336, KeyValueHeadCount = 8, VocabularySize = 128_256 },
        ["mistral-7b"] = DecoderDimensions.Llama7B with { IntermediateSize = 14_336, KeyValueHeadCount = 8 },
        ["qwen2.5-7b"] = DecoderDimensions.Llama7B with { HiddenSize = 3_584, IntermediateSize = 18_944, LayerCount = 28, HeadCount = 28, KeyValueHeadCount = 4, VocabularySize = 152_064 },
    };

    public static IEnumerable<string> Names => ByName.Keys;

    /// <exception cref="FileNotFoundException">There is neither a name nor a folder like this.</exception>
    public static DecoderDimensions Find(string model)
        => ByName.TryGetValue(model, out DecoderDimensions? dimensions) ? dimensions
            : Directory.Exists(model) ? ModelConfig.Load(model).Dimensions
            : throw new FileNotFoundException($"There is no model '{model}'; expected a folder with config.json, or one of {string.Join(", ", Names)}.");
}
