using LongAlign.Models.Decoders;

namespace LongAlign.Models.Configuration;

/// <summary>
/// ChatGLM3 (GLM team 2024): the keys of <c>configuration_chatglm.py</c> with their defaults, read as <c>modeling_chatglm.py</c> of
/// ChatGLM3 and of LongAlign do: half of each head turns, in neighbouring pairs, with base 10,000 x <c>rope_ratio</c>.
/// </summary>
internal static class ChatGlmFamily
{
    public static DecoderDescription Read(ConfigReader reader)
    {
        int hidden = reader.Size("hidden_size");
        int layers = reader.Size("num_layers", most: 1 << 16);
        int heads = reader.Size("num_attention_heads", most: 1 << 16);
        int groups = reader.Size("multi_query_group_num", most: 1 << 16);
        int headDim = reader.Size("kv_channels", most: 1 << 16);
        if (headDim % 4 != 0)
        {
            reader.Fault("kv_channels", "a multiple of 4, half of which turns in pairs", 0);
        }

        if (heads % groups != 0)
        {
            reader.Fault("multi_query_group_num", $"a divisor of num_attention_heads, {heads}", 0);
        }

        RefuseOtherArchitectures(reader);
        double ratio = reader.Number("rope_ratio", absent: 1, aboveLeast: true);
        if (ratio != 1 && reader.Text("_name_or_path")?.Contains("chatglm2", StringComparison.OrdinalIgnoreCase) == true)
        {
            reader.Fault("rope_ratio", "1 for ChatGLM2, which divides positions by it", 0);
        }

        RopeDescription rope = new(10_000 * ratio, headDim / 2, Interleaved: true);
        bool biasEverywhere = reader.Flag("add_bias_linear", false);
        return new DecoderDescription
        {
            VocabularySize = reader.Size("padded_vocab_size"),
            HiddenSize = hidden,
            IntermediateSize = reader.Size("ffn_hidden_size"),
            LayerCount = layers,
            HeadCount = heads,
            KeyValueHeadCount = groups,
            HeadDim = headDim,
            MaxPositions = reader.OptionalSize("seq_length", absent: 2048) ?? 2048,
            NormEpsilon = reader.Number("layernorm_epsilon", absent: 1e-5),
            Rope = rope,
            Ropes = [.. Enumerable.Repeat(rope, layers)],
            Names = ParameterNames.ChatGlm,
            Windows = new int?[layers],
            AttentionInputBias = reader.Flag("add_qkv_bias", false) || biasEverywhere,
            AttentionOutputBias = biasEverywhere,
            FeedForwardBias = biasEverywhere,
            InitializerRange = reader.Number("initializer_range", absent: 0.02),
            StopTokenIds = reader.TokenIds("eos_token_id"),
        };
    }

    private static void RefuseOtherArchitectures(ConfigReader reader)
    {
        reader.Expect("multi_query_attention", "true");
        if (!reader.Contains("multi_query_attention"))
        {
            reader.Fault("multi_query_attention", "true", 0);
        }

        reader.Expect("original_rope", "true");
        reader.Expect("rmsnorm", "true");
        reader.Expect("post_layer_norm", "true");
        reader.Expect("apply_residual_connection_post_layernorm", "false");
        reader.Expect("fp32_residual_connection", "false");
        reader.Expect("interleaved_qkv", "false");
        reader.Expect("attention_dropout", "0");
        reader.Expect("hidden_dropout", "0");
        reader.Expect("quantization_bit", "0");
        reader.Expect("pre_seq_len");
        reader.Expect("prefix_projection", "false");
        reader.Expect("is_encoder_decoder", "false");
        reader.Expect("add_cross_attention", "false");
        reader.Expect("pruned_heads", "{}");

        // Scores are divided by the layer's number and multiplied again, or the softmax is taken in float32: no other result. The family
        // has no tied head, whatever the key says.
        reader.Ignore(["apply_query_key_layer_scaling", "attention_softmax_in_fp32", "tie_word_embeddings"]);
    }
}
