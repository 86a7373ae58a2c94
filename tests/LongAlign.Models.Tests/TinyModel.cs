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

    public static IEnumerable<string> Families => Json.Keys;

    public static ModelConfig Config => ConfigOf("llama");

    public static JsonObject JsonOf(string family) => JsonNode.Parse(Json[family])!.AsObject();

    public static ModelConfig ConfigOf(string family) => ModelConfig.Parse(Json[family]);

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
