using LongAlign.Models.Decoders;

namespace LongAlign.Models.Configuration;

/// <summary>A family of models: how its <c>config.json</c> describes a decoder.</summary>
/// <param name="ModelType">The <c>model_type</c> of its configurations.</param>
/// <param name="Architectures">The names in <c>architectures</c>, if any.</param>
/// <param name="MaxPositionsKey">The key of the most positions.</param>
/// <param name="ThetaKey">The key that the base of the rotary embedding is in proportion to.</param>
/// <param name="Read">Makes the description; what is wrong is among the reader's faults.</param>
/// <param name="Section">The object in the configuration that describes the decoder; null: the configuration itself.</param>
internal sealed record ModelFamily(
    string ModelType, string[] Architectures, string MaxPositionsKey, string ThetaKey, Func<ConfigReader, DecoderDescription> Read, string? Section = null)
{
    public static IReadOnlyList<ModelFamily> All { get; } =
    [
        .. HuggingFaceFamilies.All.Select(family => new ModelFamily(
            family.ModelType, [family.Architecture], "max_position_embeddings", "rope_theta", reader => HuggingFaceReader.Read(family, reader))),
        MultimodalFamily.Mistral3.ToFamily(),
        MultimodalFamily.Gemma3.ToFamily(),
        new("chatglm", ["ChatGLMModel", "ChatGLMForConditionalGeneration"], "seq_length", "rope_ratio", ChatGlmFamily.Read),
    ];

    /// <summary>Families that people ask for and that are not supported, and why.</summary>
    public static IReadOnlyDictionary<string, string> Refused { get; } = new Dictionary<string, string>
    {
        ["deepseek_v2"] = "its attention keeps keys and values in one latent vector (MLA)",
        ["deepseek_v3"] = "its attention keeps keys and values in one latent vector (MLA), and groups of experts are chosen before experts",
        ["gemma3n"] = "its layers have embeddings and streams of their own (AltUp)",
        ["gpt_oss"] = "its attention has sinks, which no fused kernel of libtorch takes, its experts are stacked and clamped, and its published weights are MXFP4",
        ["llama4"] = "its attention is in chunks, and its experts are stacked",
        ["qwen3_next"] = "most of its layers are linear attention (a gated delta rule)",
    };

    /// <summary>The description of a configuration; null where the reader has faults.</summary>
    public DecoderDescription? Describe(ConfigReader reader)
    {
        if (reader.Texts("architectures") is { Count: > 0 } named && !named.Any(Architectures.Contains))
        {
            reader.Fault("architectures", string.Join(" or ", Architectures), 0);
        }

        reader.Text("model_type");
        DecoderDescription decoder = Read(reader);
        reader.Ignore(NeutralKeys.Always);
        reader.RefuseOthers();
        return reader.Faults.Count == 0 ? decoder : null;
    }
}
