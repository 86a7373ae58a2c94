using System.Text.Json.Nodes;
using LongAlign.Models.Decoders;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests;

/// <summary>The smallest models that have all that their families have: two layers, grouped queries, more than one pair of rotary dimensions.</summary>
internal static class TinyModel
{
    public const int Vocabulary = 29;

    private const string Sizes = """
        "vocab_size": 29, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
        "max_position_embeddings": 64, "initializer_range": 0.3
        """; // a wide range, so that gradients are far from 0

    private static readonly Dictionary<string, string> Json = new()
    {
        ["llama"] = $$"""{ "model_type": "llama", {{Sizes}} }""",
        ["llama, tied"] = $$"""{ "model_type": "llama", "tie_word_embeddings": true, {{Sizes}} }""",
        ["llama, biases"] = $$"""{ "model_type": "llama", "attention_bias": true, "mlp_bias": true, "head_dim": 6, {{Sizes}} }""",
        ["llama 3"] = $$"""
            {
              "model_type": "llama", "head_dim": 8, "rope_theta": 10000.0, {{Sizes}}, "rope_scaling":
              { "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64 }
            }
            """,
        ["llama, linear"] = $$"""{ "model_type": "llama", "rope_scaling": { "type": "linear", "factor": 4.0 }, {{Sizes}} }""",
        ["mistral"] = $$"""{ "model_type": "mistral", "sliding_window": 3, {{Sizes}} }""",
        ["qwen2"] = $$"""{ "model_type": "qwen2", "use_sliding_window": true, "sliding_window": 4, "max_window_layers": 1, "rope_theta": 1000000.0, {{Sizes}} }""",
        ["qwen3"] = $$"""{ "model_type": "qwen3", "head_dim": 6, "tie_word_embeddings": true, {{Sizes}} }""",
        ["chatglm"] = """
            {
              "model_type": "chatglm", "padded_vocab_size": 29, "hidden_size": 16, "ffn_hidden_size": 24, "num_layers": 2, "num_attention_heads": 4,
              "multi_query_attention": true, "multi_query_group_num": 2, "kv_channels": 8, "seq_length": 64, "rope_ratio": 50, "add_qkv_bias": true,
              "layernorm_epsilon": 1e-05, "original_rope": true, "rmsnorm": true, "initializer_range": 0.3, "eos_token_id": 2
            }
            """,
    };

    /// <summary>Families that have come since: the golden folders say what they compute.</summary>
    private static readonly Dictionary<string, string> Newer = new()
    {
        ["llama, yarn"] = $$"""{ "model_type": "llama", "rope_scaling": { "type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16 }, {{Sizes}} }""",
        ["llama, dynamic"] = $$"""{ "model_type": "llama", "rope_scaling": { "type": "dynamic", "factor": 8.0 }, {{Sizes.Replace("64", "8", StringComparison.Ordinal)}} }""",
        ["phi3"] = $$"""
            {
              "model_type": "phi3", "original_max_position_embeddings": 8, "partial_rotary_factor": 0.5, "head_dim": 8, "sliding_window": 7, {{Sizes}},
              "rope_scaling": { "type": "longrope", "short_factor": [1.0, 1.5], "long_factor": [2.0, 3.5] }
            }
            """,
        ["smollm3"] = $$"""{ "model_type": "smollm3", "no_rope_layer_interval": 2, {{Sizes}} }""",
        ["gemma2"] = $$"""
            {
              "model_type": "gemma2", "head_dim": 6, "sliding_window": 3, "query_pre_attn_scalar": 11, "attn_logit_softcapping": 2.0,
              "final_logit_softcapping": 3.0, {{Sizes}}
            }
            """,
        ["gemma3_text"] = $$"""
            { "model_type": "gemma3_text", "head_dim": 6, "sliding_window": 4, "sliding_window_pattern": 2, "rope_local_base_freq": 100.0, "query_pre_attn_scalar": 7, {{Sizes}} }
            """,
        ["olmo2"] = $$"""{ "model_type": "olmo2", {{Sizes}} }""",
        ["olmo3"] = $$"""{ "model_type": "olmo3", "sliding_window": 3, "layer_types": ["sliding_attention", "full_attention"], {{Sizes}} }""",
        ["glm"] = $$"""{ "model_type": "glm", "head_dim": 8, {{Sizes}} }""",
        ["glm4"] = $$"""{ "model_type": "glm4", "head_dim": 8, "attention_bias": false, {{Sizes}} }""",
        ["granite"] = $$"""
            { "model_type": "granite", "embedding_multiplier": 3.0, "attention_multiplier": 0.4, "residual_multiplier": 0.5, "logits_scaling": 0.7, {{Sizes}} }
            """,
        ["ministral"] = $$"""{ "model_type": "ministral", "sliding_window": 3, "layer_types": ["full_attention", "sliding_attention"], {{Sizes}} }""",
        ["mistral3"] = $$"""
            {
              "model_type": "mistral3", "text_config":
              {
                "model_type": "ministral3", "head_dim": 4, {{Sizes}}, "rope_parameters":
                { "rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 8, "llama_4_scaling_beta": 0.4, "rope_theta": 1000.0 }
              }
            }
            """,
        ["starcoder2"] = $$"""{ "model_type": "starcoder2", "sliding_window": 3, {{Sizes}} }""",
        ["mixtral"] = $$"""{ "model_type": "mixtral", "num_local_experts": 4, {{Sizes}} }""",
        ["qwen2_moe"] = $$"""
            {
              "model_type": "qwen2_moe", "num_experts": 5, "num_experts_per_tok": 3, "moe_intermediate_size": 6, "shared_expert_intermediate_size": 10,
              "mlp_only_layers": [0], {{Sizes}}
            }
            """,
        ["qwen3_moe"] = $$"""
            { "model_type": "qwen3_moe", "num_experts": 5, "num_experts_per_tok": 2, "moe_intermediate_size": 6, "norm_topk_prob": true, {{Sizes}} }
            """,
    };

    /// <summary>Those that the plain decoder of the tests can compute.</summary>
    public static IEnumerable<string> Families => Json.Keys;

    public static IEnumerable<string> All => [.. Json.Keys, .. Newer.Keys];

    public static ModelConfig Config => ConfigOf("llama");

    public static JsonObject JsonOf(string family) => JsonNode.Parse(Text(family))!.AsObject();

    public static ModelConfig ConfigOf(string family) => ModelConfig.Parse(Text(family));

    private static string Text(string family) => Json.GetValueOrDefault(family) ?? Newer[family];

    /// <summary>The Llama with other values.</summary>
    public static ModelConfig With(params ReadOnlySpan<(string Key, JsonNode? Value)> changes)
    {
        JsonObject json = JsonOf("llama");
        foreach ((string key, JsonNode? value) in changes)
        {
            json[key] = value;
        }

        return ModelConfig.Parse(json.ToJsonString());
    }

    /// <summary>A model whose norms are not 1 and whose biases are not 0, so that their place matters.</summary>
    public static CausalLanguageModel Create(string family, ScalarType dtype = ScalarType.Float32)
    {
        CausalLanguageModel model = CausalLanguageModel.Create(ConfigOf(family), seed: 7, dtype);
        using Generator generator = new(8, CPU);
        using var noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((_, Parameter parameter) in model.named_parameters().Where(named => named.parameter.dim() == 1))
        {
            parameter.add_(randn(parameter.shape, generator: generator).to(dtype) * 0.3);
        }

        return model;
    }
}
