using LongAlign.Models.Decoders;

namespace LongAlign.Models.Configuration;

/// <summary>
/// Llama, Mistral, Qwen2 and Qwen3: the keys of Hugging Face's <c>configuration_llama.py</c>, <c>configuration_mistral.py</c>,
/// <c>configuration_qwen2.py</c> and <c>configuration_qwen3.py</c>, with their defaults.
/// </summary>
internal static class HuggingFaceFamilies
{
    private const string SlidingAttention = "sliding_attention";
    private const string FullAttention = "full_attention";

    /// <summary>Llama 2 and 3 (Touvron et al. 2023, Dubey et al. 2024).</summary>
    public static DecoderDescription ReadLlama(ConfigReader reader)
    {
        bool attentionBias = reader.Flag("attention_bias", false);
        return Read(reader, keyValueHeads: null, headDim: null, maxPositions: 2048) with
        {
            AttentionInputBias = attentionBias,
            AttentionOutputBias = attentionBias,
            FeedForwardBias = reader.Flag("mlp_bias", false),
        };
    }

    /// <summary>Mistral (Jiang et al. 2023): a sliding window in every layer, unless the key is null.</summary>
    public static DecoderDescription ReadMistral(ConfigReader reader)
    {
        DecoderDescription decoder = Read(reader, keyValueHeads: 8, headDim: null, maxPositions: 131_072);
        int? window = reader.OptionalSize("sliding_window", absent: 4096);
        return decoder with { Windows = [.. Enumerable.Repeat(window, decoder.LayerCount)] };
    }

    /// <summary>Qwen2 (Yang et al. 2024): biases of query, key and value; windows where asked for.</summary>
    public static DecoderDescription ReadQwen2(ConfigReader reader)
    {
        DecoderDescription decoder = Read(reader, keyValueHeads: 32, headDim: null, maxPositions: 32_768);
        return decoder with { AttentionInputBias = true, Windows = ReadWindows(reader, decoder.LayerCount) };
    }

    /// <summary>Qwen3 (Yang et al. 2025): norms of queries and keys; windows where asked for.</summary>
    public static DecoderDescription ReadQwen3(ConfigReader reader)
    {
        DecoderDescription decoder = Read(reader, keyValueHeads: 32, headDim: 128, maxPositions: 32_768);
        bool attentionBias = reader.Flag("attention_bias", false);
        return decoder with
        {
            AttentionInputBias = attentionBias,
            AttentionOutputBias = attentionBias,
            QueryKeyNorm = true,
            Windows = ReadWindows(reader, decoder.LayerCount),
        };
    }

    private static DecoderDescription Read(ConfigReader reader, int? keyValueHeads, int? headDim, int maxPositions)
    {
        int hidden = reader.Size("hidden_size");
        int layers = reader.Size("num_hidden_layers", most: 1 << 16);
        int heads = reader.Size("num_attention_heads", most: 1 << 16);
        int keyHeads = reader.OptionalSize("num_key_value_heads", keyValueHeads, most: 1 << 16) ?? heads;
        int? width = reader.OptionalSize("head_dim", headDim, most: 1 << 16);
        if (width is null && hidden % heads != 0)
        {
            reader.Fault("hidden_size", $"a multiple of num_attention_heads, {heads}", 0);
        }

        int headWidth = width ?? hidden / heads;
        if (headWidth < 2 || headWidth % 2 != 0)
        {
            reader.Fault("head_dim", $"an even number for the rotary embedding; hidden_size / num_attention_heads is {hidden / heads}", 0);
        }

        if (heads % keyHeads != 0)
        {
            reader.Fault("num_key_value_heads", $"a divisor of num_attention_heads, {heads}", 0);
        }

        reader.Expect("hidden_act", "\"silu\"");
        reader.Expect("attention_dropout", "0");
        reader.Expect("is_encoder_decoder", "false");
        reader.Expect("add_cross_attention", "false");
        reader.Expect("pruned_heads", "{}");
        return new DecoderDescription
        {
            VocabularySize = reader.Size("vocab_size"),
            HiddenSize = hidden,
            IntermediateSize = reader.Size("intermediate_size"),
            LayerCount = layers,
            HeadCount = heads,
            KeyValueHeadCount = keyHeads,
            HeadDim = headWidth,
            MaxPositions = reader.OptionalSize("max_position_embeddings", maxPositions) ?? maxPositions,
            NormEpsilon = reader.Number("rms_norm_eps", absent: 1e-6),
            Rope = RopeReader.Read(reader, headWidth),
            Names = ParameterNames.HuggingFace,
            Windows = new int?[layers],
            TiedHead = reader.Flag("tie_word_embeddings", false),
            InitializerRange = reader.Number("initializer_range", absent: 0.02),
            StopTokenIds = reader.TokenIds("eos_token_id"),
        };
    }

    /// <summary>Layers from <c>max_window_layers</c> on have the window, if <c>use_sliding_window</c>; <c>layer_types</c> says otherwise.</summary>
    private static int?[] ReadWindows(ConfigReader reader, int layers)
    {
        int? size = reader.OptionalSize("sliding_window", absent: 4096);
        int? window = reader.Flag("use_sliding_window", false) ? size : null;
        double first = reader.Number("max_window_layers", absent: 28);
        if (reader.Texts("layer_types") is not { } types)
        {
            return [.. Enumerable.Range(0, layers).Select(layer => layer >= first ? window : null)];
        }

        bool valid = types.Count == layers && types.All(type => type == FullAttention || (type == SlidingAttention && window is not null));
        return valid
            ? [.. types.Select(type => type == SlidingAttention ? window : null)]
            : reader.Fault(
                "layer_types", $"\"{FullAttention}\" or, with use_sliding_window and sliding_window, \"{SlidingAttention}\" for each of {layers} layers", new int?[layers]);
    }
}
