using System.Text.Json.Nodes;
using LongAlign.Models.Configuration;

namespace LongAlign.Models.Tests.Families;

/// <summary>Keys that change nothing are no reason to refuse a folder; the same keys with another value are.</summary>
public sealed class NeutralKeyTests
{
    /// <summary>A family, a key, and values as JSON: one that changes nothing, and one that is refused (empty: none is).</summary>
    public static TheoryData<string, string, string, string> Keys => new()
    {
        { "qwen2", "use_mrope", "false", "true" },
        { "llama", "num_layers", "2", "3" },
        { "chatglm", "num_hidden_layers", "2", "3" },
        { "llama", "is_llama_config", "true", "" },
        { "llama", "rope_interleaved", "false", "true" },
        { "llama", "transformers.js_config", """{"kv_cache_dtype": {"fp16": "float16"}}""", "" },
        { "llama", "max_sequence_length", "2048", "" },
        { "llama", "partial_rotary_factor", "1.0", "0.5" },
        { "mistral", "attention_bias", "false", "true" },
        { "mistral", "mlp_bias", "false", "true" },
        { "llama", "sliding_window", "null", "4096" },
        { "llama", "num_labels", "2", "" },
        { "llama", "neftune_noise_alpha", "5", "" },
        { "llama", "hidden_act", "\"swish\"", "\"relu\"" },
        { "llama", "layer_types", """["full_attention", "full_attention"]""", """["sliding_attention", "full_attention"]""" },
        { "llama", "quantization_config", "{}", """{"quant_method": "bitsandbytes"}""" },
        { "llama", "a_key_of_tomorrow", "\"\"", "\"x\"" },
        { "llama", "another_key_of_tomorrow", "[]", "[1]" },
        { "llama", "seq_length", "64", "65" },
        { "llama", "rope_scaling", """{"rope_type": "default"}""", """{"rope_type": "default", "factor": 2}""" },
        { "llama", "rope_scaling", """{"type": "linear", "rope_type": "linear", "factor": 2}""", """{"type": "yarn", "rope_type": "linear", "factor": 2}""" },
        { "llama", "rope_scaling", """{"type": "linear", "factor": 2, "rope_theta": 10000.0, "original_max_position_embeddings": 64, "attention_factor": null}""", """{"type": "linear", "factor": 2, "beta_fast": 32}""" },
        { "llama", "rope_scaling", """{"type": "yarn", "factor": 2, "finetuned": true}""", """{"type": "yarn", "factor": 2, "alpha": 1}""" },
        { "phi3", "embd_pdrop", "0.0", "0.1" },
        { "phi3", "interpolate_factor", "1", "2" },
        { "mixtral", "router_aux_loss_coef", "0.02", "" },
        { "mixtral", "output_router_logits", "true", "" },
        { "mixtral", "router_jitter_noise", "0.0", "0.1" },
        { "starcoder2", "attention_dropout", "0.1", "" },
        { "gemma2", "hidden_act", "\"gelu_pytorch_tanh\"", "\"silu\"" },
        { "gemma3_text", "use_bidirectional_attention", "false", "true" },
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_neutral_value_is_passed_over_and_another_is_refused_by_its_key(string family, string key, string neutral, string refused)
    {
        Assert.NotNull(Parse(family, key, neutral));
        if (refused.Length > 0)
        {
            string message = Assert.Throws<InvalidDataException>(() => Parse(family, key, refused)).Message;
            Assert.Contains(key, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_window_that_is_switched_off_is_none()
        => Assert.All(TinyModel.With(("sliding_window", 5), ("use_sliding_window", false), ("max_window_layers", 1)).Decoder.Windows, Assert.Null);

    [Fact]
    public void The_message_of_an_unknown_rope_type_does_not_speak_of_its_parameters()
    {
        string message = Assert.Throws<InvalidDataException>(() => Parse("llama", "rope_scaling", """{"type": "spiral", "turns": 8}""")).Message;
        Assert.Contains("rope_scaling.type is \"spiral\"; expected default, linear, dynamic, yarn, longrope or llama3", message, StringComparison.Ordinal);
        Assert.DoesNotContain("turns", message, StringComparison.Ordinal);
        Assert.DoesNotContain("remove", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llama", new[] { 2 })]
    [InlineData("mistral", new[] { 2 })]
    [InlineData("qwen2", new int[0])]
    [InlineData("gemma3_text", new[] { 1 })]
    [InlineData("olmo2", new[] { 50_279 })]
    [InlineData("glm4", new[] { 151_329, 151_336, 151_338 })]
    [InlineData("phi3", new[] { 32_000 })]
    [InlineData("smollm3", new[] { 128_001 })]
    [InlineData("starcoder2", new[] { 50_256 })]
    public void Ends_of_answers_are_those_of_the_family_where_the_key_is_absent(string family, int[] expected)
    {
        Assert.Equal(expected, TinyModel.ConfigOf(family).StopTokenIds);
        Assert.Empty(Parse(family, "eos_token_id", "null").StopTokenIds);
        Assert.Equal([7], Parse(family, "eos_token_id", "7").StopTokenIds);
    }

    [Fact]
    public void No_key_is_in_two_tables()
        => Assert.Empty(NeutralKeys.Always.Intersect(NeutralKeys.AtOneValue.Keys.Concat(NeutralKeys.SameAs.Keys)));

    private static ModelConfig Parse(string family, string key, string value)
    {
        JsonObject json = TinyModel.JsonOf(family);
        json[key] = JsonNode.Parse(value);
        return ModelConfig.Parse(json.ToJsonString());
    }
}
