namespace LongAlign.Models.Decoders;

/// <summary>What a family calls the parts of a decoder: dotted paths of modules, which are the names of parameters in a saved folder.</summary>
internal sealed record ParameterNames
{
    /// <summary>Of Llama, Mistral, Qwen2 and Qwen3.</summary>
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

    /// <summary>Of ChatGLM3, which keeps query, key and value in one weight, and gate and up in another.</summary>
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

    /// <summary>In a layer, as are the next two.</summary>
    public string AttentionNorm { get; init; } = "input_layernorm";

    public required string Attention { get; init; }

    public string FeedForwardNorm { get; init; } = "post_attention_layernorm";

    public string FeedForward { get; init; } = "mlp";

    /// <summary>In the attention: query, key and value, or one name where they are one weight.</summary>
    public required IReadOnlyList<string> AttentionInputs { get; init; }

    public required string AttentionOutput { get; init; }

    public string QueryNorm { get; init; } = "q_norm";

    public string KeyNorm { get; init; } = "k_norm";

    /// <summary>In the feed-forward part: gate and up, or one name where they are one weight.</summary>
    public required IReadOnlyList<string> FeedForwardInputs { get; init; }

    public required string FeedForwardOutput { get; init; }

    /// <summary>A constant that the family saves with its weights; null: none.</summary>
    public string? RotaryFrequencies { get; init; }
}
