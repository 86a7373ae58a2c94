using LongAlign.Models.Decoders;

namespace LongAlign.Models.Configuration;

/// <summary>A family of models: how its <c>config.json</c> describes a decoder.</summary>
/// <param name="ModelType">The <c>model_type</c> of its configurations.</param>
/// <param name="Architectures">What <c>architectures</c> may name, if anything.</param>
/// <param name="MaxPositionsKey">The key of the most positions.</param>
/// <param name="ThetaKey">The key that the base of the rotary embedding is in proportion to.</param>
/// <param name="Read">Makes the description; what is wrong is among the reader's faults.</param>
internal sealed record ModelFamily(
    string ModelType, string[] Architectures, string MaxPositionsKey, string ThetaKey, Func<ConfigReader, DecoderDescription> Read)
{
    public static IReadOnlyList<ModelFamily> All { get; } =
    [
        new("llama", ["LlamaForCausalLM"], "max_position_embeddings", "rope_theta", HuggingFaceFamilies.ReadLlama),
        new("mistral", ["MistralForCausalLM"], "max_position_embeddings", "rope_theta", HuggingFaceFamilies.ReadMistral),
        new("qwen2", ["Qwen2ForCausalLM"], "max_position_embeddings", "rope_theta", HuggingFaceFamilies.ReadQwen2),
        new("qwen3", ["Qwen3ForCausalLM"], "max_position_embeddings", "rope_theta", HuggingFaceFamilies.ReadQwen3),
        new("chatglm", ["ChatGLMModel", "ChatGLMForConditionalGeneration"], "seq_length", "rope_ratio", ChatGlmFamily.Read),
    ];

    /// <summary>The description of a configuration; null where the reader has faults.</summary>
    public DecoderDescription? Describe(ConfigReader reader)
    {
        if (reader.Texts("architectures") is { Count: > 0 } named && !named.Any(Architectures.Contains))
        {
            reader.Fault("architectures", string.Join(" or ", Architectures), 0);
        }

        reader.Text("model_type");
        DecoderDescription decoder = Read(reader);
        reader.Ignore(HarmlessKeys.All);
        reader.RefuseOthers();
        return reader.Faults.Count == 0 ? decoder : null;
    }
}
