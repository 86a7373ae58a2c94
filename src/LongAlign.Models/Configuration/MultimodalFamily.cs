using LongAlign.Models.Decoders;

namespace LongAlign.Models.Configuration;

/// <summary>A model of images and text, whose text part is a decoder of a family: it alone is read, computed and written.</summary>
/// <param name="ModelType">The <c>model_type</c>.</param>
/// <param name="Architecture">The name in <c>architectures</c>.</param>
/// <param name="Title">The name of the models, for people.</param>
/// <param name="Texts">The families that the text part may be of, the usual one first.</param>
/// <param name="HeadByWeights">Whether a head that is among the weights is used, unless the configuration says otherwise.</param>
internal sealed record MultimodalFamily(string ModelType, string Architecture, string Title, HuggingFaceFamily[] Texts, bool HeadByWeights)
{
    public const string TextSection = "text_config";

    /// <summary>Beginnings of names of weights that are not of the text part.</summary>
    public static IReadOnlyList<string> OtherWeights { get; } =
        ["vision_tower.", "model.vision_tower.", "multi_modal_projector.", "model.multi_modal_projector."];

    public static MultimodalFamily Mistral3 { get; } = new(
        "mistral3", "Mistral3ForConditionalGeneration", "Mistral Small 3.1, Ministral 3, text", [HuggingFaceFamilies.Mistral, HuggingFaceFamilies.Ministral3], HeadByWeights: true);

    public static MultimodalFamily Gemma3 { get; } = new(
        "gemma3", "Gemma3ForConditionalGeneration", "Gemma 3 of images and text, text", [HuggingFaceFamilies.Gemma3], HeadByWeights: false);

    public ModelFamily ToFamily() => new(ModelType, [Architecture], "max_position_embeddings", "rope_theta", Read, TextSection);

    private DecoderDescription Read(ConfigReader reader)
    {
        reader.Ignore(
            "vision_config", "image_token_index", "image_token_id", "boi_token_index", "boi_token_id", "eoi_token_index", "eoi_token_id", "mm_tokens_per_image",
            "initializer_range", "multimodal_projector_bias", "projector_hidden_act", "spatial_merge_size", "vision_feature_layer");
        ConfigReader text = reader.Section(TextSection) ?? reader.Fault(TextSection, "an object", reader.Empty());
        string? type = text.Text("model_type");
        HuggingFaceFamily? family = type is null ? Texts[0] : Texts.FirstOrDefault(candidate => candidate.ModelType == type);
        if (family is null)
        {
            text.Fault("model_type", string.Join(" or ", Texts.Select(candidate => candidate.ModelType)), 0);
            family = Texts[0];
        }

        text.Texts("architectures");
        DecoderDescription decoder = HuggingFaceReader.Read(family, text);
        text.Ignore(NeutralKeys.Always);
        text.RefuseOthers();
        bool said = text.HasValue("tie_word_embeddings") || reader.HasValue("tie_word_embeddings");
        bool tied = text.HasValue("tie_word_embeddings") ? decoder.TiedHead : reader.Flag("tie_word_embeddings", decoder.TiedHead);
        reader.Flag("tie_word_embeddings", tied);
        return decoder with
        {
            Names = decoder.Names.Inside("language_model"),
            TiedHead = tied,
            HeadByWeights = HeadByWeights && !said,
            StopTokenIds = reader.TokenIds("eos_token_id", decoder.StopTokenIds),
        };
    }
}
