namespace LongAlign.Models.Configuration;

/// <summary>
/// Keys that configurations carry along and that the results of a decoder don't depend on: fields of Hugging Face's base class, notes of
/// tools, and settings of memory or of precision.
/// </summary>
internal static class HarmlessKeys
{
    public static IReadOnlyList<string> All { get; } =
    [
        // Where it comes from, and how other tools load it.
        "auto_map", "custom_pipelines", "dtype", "finetuning_task", "name_or_path", "tokenizer_class", "torch_dtype", "transformers_version",
        "unsloth_fixed", "unsloth_version", "use_bfloat16", "attn_implementation", "torchscript", "vocab_size",

        // What a call returns.
        "output_attentions", "output_hidden_states", "output_scores", "return_dict", "return_dict_in_generate", "use_cache",

        // Tokens: those of the tokenizer, and the ends of answers, count where text is made.
        "bos_token_id", "decoder_start_token_id", "pad_token_id", "sep_token_id", "gmask_token_id", "prefix",

        // How text is generated: kept in generation_config.json today.
        "bad_words_ids", "begin_suppress_tokens", "diversity_penalty", "do_sample", "early_stopping", "encoder_no_repeat_ngram_size",
        "exponential_decay_length_penalty", "forced_bos_token_id", "forced_eos_token_id", "length_penalty", "max_length", "max_new_tokens",
        "min_length", "no_repeat_ngram_size", "num_beam_groups", "num_beams", "num_return_sequences", "remove_invalid_values",
        "repetition_penalty", "suppress_tokens", "temperature", "top_k", "top_p", "typical_p",

        // Classification heads and tasks, which a causal model lacks.
        "classifier_dropout", "id2label", "label2id", "problem_type", "task_specific_params", "tf_legacy_loss",

        // The same numbers in slices, or fused.
        "bias_dropout_fusion", "chunk_size_feed_forward", "pretraining_tp",

        // Encoders and decoders in one, which these families are not.
        "cross_attention_hidden_size", "is_decoder", "tie_encoder_decoder",
    ];
}
