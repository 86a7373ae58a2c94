namespace LongAlign.Models.Decoders;

/// <summary>
/// A family's names of the parts of a decoder, which also say which norms it has: dotted paths of modules, which are the names of
/// parameters in a saved folder.
/// </summary>
internal sealed record ParameterNames
{
    /// <summary>The names of Llama and of most later families.</summary>
    public static ParameterNames HuggingFace { get; } = new()
    {
        Embedding = "model.embed_tokens",
        Layers = "model.layers",
        Norm = "model.norm",
        Head = "lm_head",
        Attention = "self_attn",
        AttentionInputs = ["q_proj", "k_proj", "v_proj"],
        AttentionOutput = "o_proj",
        FeedForwardInputs = ["gate_proj", "up_proj"],
        FeedForwardOutput = "down_proj",
    };

    /// <summary>The names of Phi-3: query, key and value in one weight, gate and up in another.</summary>
    public static ParameterNames Phi { get; } = HuggingFace with { AttentionInputs = ["qkv_proj"], FeedForwardInputs = ["gate_up_proj"] };

    /// <summary>The names of Gemma 2 and 3: a norm before and one behind each part of a layer.</summary>
    public static ParameterNames Gemma { get; } = HuggingFace with
    {
        AttentionOutputNorm = "post_attention_layernorm",
        FeedForwardNorm = "pre_feedforward_layernorm",
        FeedForwardOutputNorm = "post_feedforward_layernorm",
    };

    /// <summary>The names of OLMo 2 and 3: norms behind the parts of a layer alone.</summary>
    public static ParameterNames Olmo { get; } = HuggingFace with
    {
        AttentionNorm = null,
        AttentionOutputNorm = "post_attention_layernorm",
        FeedForwardNorm = null,
        FeedForwardOutputNorm = "post_feedforward_layernorm",
    };

    /// <summary>The names of GLM: gate and up in one weight.</summary>
    public static ParameterNames Glm { get; } = HuggingFace with { FeedForwardInputs = ["gate_up_proj"] };

    /// <summary>The names of GLM-4-0414: a norm before and one behind each part of a layer.</summary>
    public static ParameterNames Glm4 { get; } = Glm with { AttentionOutputNorm = "post_self_attn_layernorm", FeedForwardOutputNorm = "post_mlp_layernorm" };

    /// <summary>The names of StarCoder2: a feed-forward part without a gate.</summary>
    public static ParameterNames StarCoder { get; } = HuggingFace with { FeedForwardInputs = ["c_fc"], FeedForwardOutput = "c_proj" };

    /// <summary>The names of Mixtral.</summary>
    public static ParameterNames Mixtral { get; } = HuggingFace with
    {
        FeedForward = "block_sparse_moe",
        FeedForwardInputs = ["w1", "w3"],
        FeedForwardOutput = "w2",
    };

    /// <summary>The names of ChatGLM3, which keeps query, key and value in one weight, and gate and up in another.</summary>
    public static ParameterNames ChatGlm { get; } = new()
    {
        Embedding = "transformer.embedding.word_embeddings",
        Layers = "transformer.encoder.layers",
        Norm = "transformer.encoder.final_layernorm",
        Head = "transformer.output_layer",
        Attention = "self_attention",
        AttentionInputs = ["query_key_value"],
        AttentionOutput = "dense",
        FeedForwardInputs = ["dense_h_to_4h"],
        FeedForwardOutput = "dense_4h_to_h",
        RotaryFrequencies = "transformer.rotary_pos_emb.inv_freq",
    };

    public required string Embedding { get; init; }

    public required string Layers { get; init; }

    public required string Norm { get; init; }

    public required string Head { get; init; }

    /// <summary>In a layer, as are those up to <see cref="FeedForwardOutputNorm"/>; of the norms, null: there is none.</summary>
    public string? AttentionNorm { get; init; } = "input_layernorm";

    public required string Attention { get; init; }

    public string? AttentionOutputNorm { get; init; }

    public string? FeedForwardNorm { get; init; } = "post_attention_layernorm";

    public string FeedForward { get; init; } = "mlp";

    public string? FeedForwardOutputNorm { get; init; }

    /// <summary>In the attention: query, key and value, or one name where they are one weight.</summary>
    public required IReadOnlyList<string> AttentionInputs { get; init; }

    public required string AttentionOutput { get; init; }

    public string QueryNorm { get; init; } = "q_norm";

    public string KeyNorm { get; init; } = "k_norm";

    /// <summary>In the feed-forward part: gate and up, or one name where they are one weight or where there is no gate.</summary>
    public required IReadOnlyList<string> FeedForwardInputs { get; init; }

    public required string FeedForwardOutput { get; init; }

    /// <summary>In a feed-forward part of experts, as are the next three.</summary>
    public string Router { get; init; } = "gate";

    public string Experts { get; init; } = "experts";

    public string SharedExpert { get; init; } = "shared_expert";

    public string SharedExpertGate { get; init; } = "shared_expert_gate";

    /// <summary>A constant that the family saves with its weights; null: none.</summary>
    public string? RotaryFrequencies { get; init; }

    /// <summary>The decoder as a part of a larger model.</summary>
    public ParameterNames Inside(string module) => this with
    {
        Embedding = $"{module}.{Embedding}",
        Layers = $"{module}.{Layers}",
        Norm = $"{module}.{Norm}",
        Head = $"{module}.{Head}",
    };
}
