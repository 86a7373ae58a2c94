using System.Text.Json;

namespace LongAlign.Models.Configuration;

/// <summary>Keys that configurations carry along and that the results of a decoder don't depend on: whatever their value, or at one value.</summary>
/// <remarks>A key that is in no table is passed over where its value is neutral by itself (<see cref="IsNeutral"/>), and else an error.</remarks>
internal static class NeutralKeys
{
    /// <summary>Whatever the value: fields of Hugging Face's base class, notes of tools, settings of memory, of precision and of training.</summary>
    public static IReadOnlyList<string> Always { get; } =
    [
        // Where it comes from, and how other tools load it.
        "auto_map", "custom_pipelines", "dtype", "finetuning_task", "name_or_path", "tokenizer_class", "torch_dtype", "transformers_version",
        "transformers.js_config", "is_llama_config", "unsloth_fixed", "unsloth_version", "use_bfloat16", "attn_implementation", "torchscript", "vocab_size",

        // What a call returns, and how it remembers.
        "output_attentions", "output_hidden_states", "output_router_logits", "output_scores", "return_dict", "return_dict_in_generate", "use_cache", "cache_implementation",

        // Tokens: those of the tokenizer, and the ends of answers, count where text is made.
        "bos_token_id", "decoder_start_token_id", "pad_token_id", "sep_token_id", "gmask_token_id", "prefix",

        // How text is generated: kept in generation_config.json today.
        "bad_words_ids", "begin_suppress_tokens", "diversity_penalty", "do_sample", "early_stopping", "encoder_no_repeat_ngram_size",
        "exponential_decay_length_penalty", "forced_bos_token_id", "forced_eos_token_id", "length_penalty", "max_length", "max_new_tokens",
        "min_length", "no_repeat_ngram_size", "num_beam_groups", "num_beams", "num_return_sequences", "remove_invalid_values",
        "repetition_penalty", "suppress_tokens", "temperature", "top_k", "top_p", "typical_p",

        // Classification heads and tasks, which a causal model lacks.
        "classifier_dropout", "id2label", "label2id", "num_labels", "problem_type", "task_specific_params", "tf_legacy_loss",

        // How it was or will be trained.
        "max_sequence_length", "model_max_length", "neftune_noise_alpha", "router_aux_loss_coef",

        // The same numbers in slices, or fused.
        "bias_dropout_fusion", "chunk_size_feed_forward", "pretraining_tp",

        // Of windows, in families whose windows it does not decide.
        "max_window_layers",

        // Encoders and decoders in one, which these families are not.
        "cross_attention_hidden_size", "is_decoder", "tie_encoder_decoder",
    ];

    /// <summary>Keys that say the usual in their own words, and their usual values as JSON.</summary>
    public static IReadOnlyDictionary<string, string[]> AtOneValue { get; } = new Dictionary<string, string[]>
    {
        ["attention_dropout"] = ["0"],
        ["attention_factor"] = ["1"],
        ["embd_pdrop"] = ["0"],
        ["embedding_dropout"] = ["0"],
        ["factor"] = ["1"],
        ["full_attn_mod"] = ["1"],
        ["hidden_dropout"] = ["0"],
        ["interpolate_factor"] = ["1"],
        ["mlp_type"] = ["\"default\""],
        ["norm_type"] = ["\"layer_norm\"", "\"rms_norm\""],
        ["partial_rotary_factor"] = ["1"],
        ["resid_pdrop"] = ["0"],
        ["residual_dropout"] = ["0"],
        ["rope_ratio"] = ["1"],
        ["rotary_pct"] = ["1"],
    };

    /// <summary>Other names of keys, which may stand beside them with the same value.</summary>
    public static IReadOnlyDictionary<string, string> SameAs { get; } = new Dictionary<string, string>
    {
        ["dim_model"] = "hidden_size",
        ["ffn_dim"] = "intermediate_size",
        ["ffn_hidden_size"] = "intermediate_size",
        ["kv_channels"] = "head_dim",
        ["layernorm_epsilon"] = "rms_norm_eps",
        ["multi_query_group_num"] = "num_key_value_heads",
        ["n_embd"] = "hidden_size",
        ["n_head"] = "num_attention_heads",
        ["n_layer"] = "num_hidden_layers",
        ["n_positions"] = "max_position_embeddings",
        ["num_hidden_layers"] = "num_layers",
        ["num_layers"] = "num_hidden_layers",
        ["padded_vocab_size"] = "vocab_size",
        ["seq_length"] = "max_position_embeddings",
    };

    /// <summary>Whether a value says nothing: null, false, or empty.</summary>
    public static bool IsNeutral(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.String => value.ValueEquals(ReadOnlySpan<byte>.Empty),
        _ => false,
    };
}
