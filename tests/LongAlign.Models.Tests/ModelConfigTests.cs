using System.Text.Json.Nodes;
using LongAlign.Models.Llama;

namespace LongAlign.Models.Tests.Llama;

public sealed class LlamaConfigTests
{
    [Fact]
    public void What_a_configuration_leaves_out_is_as_in_hugging_face()
    {
        using TemporaryFolder folder = new();
        folder.Write("config.json", TinyLlama.ConfigJson);
        LlamaConfig config = LlamaConfig.Load(folder);
        Assert.Equal(1e-6, config.NormEpsilon);
        Assert.Equal(10_000, config.RopeTheta);
        Assert.Equal(4, config.HeadWidth);
        Assert.Equal(4, config.KeyValueHeads);
        Assert.Equal(2048, config.MaxPositions);
        Assert.Equal(0.02, config.InitializerRange);
        Assert.Equal("silu", config.Activation);
        Assert.False(config.TieWordEmbeddings);
    }

    [Fact]
    public void Null_is_the_default_and_unknown_keys_are_passed_over()
    {
        LlamaConfig config = Load(("num_key_value_heads", null), ("head_dim", null), ("rope_scaling", null), ("pad_token_id", null), ("pretraining_tp", 1));
        Assert.Equal(4, config.KeyValueHeads);
        Assert.Equal(4, config.HeadWidth);
    }

    [Fact]
    public void A_head_may_be_wider_than_its_share_of_the_hidden_size()
    {
        LlamaConfig config = Load(("head_dim", 10), ("num_attention_heads", 3), ("num_key_value_heads", 1));
        Assert.Equal(10, config.HeadWidth);
    }

    [Fact]
    public void The_rotary_base_is_read_in_the_newer_form_too()
    {
        LlamaConfig config = Load(("rope_parameters", JsonNode.Parse("""{"rope_type":"default","rope_theta":2000000}""")));
        Assert.Equal(2_000_000, config.RopeTheta);
    }

    [Fact]
    public void A_configuration_is_read_as_it_was_saved()
    {
        using TemporaryFolder first = new();
        using TemporaryFolder second = new();
        string json = """
            {
              "model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 29, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
              "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6, "max_position_embeddings": 65536, "rms_norm_eps": 1e-05, "rope_theta": 2000000.0,
              "tie_word_embeddings": true, "initializer_range": 0.01, "hidden_act": "silu", "attention_bias": false, "mlp_bias": false,
              "torch_dtype": "bfloat16", "bos_token_id": 1, "eos_token_id": [2, 3], "pad_token_id": 0
            }
            """;
        first.Write("config.json", json);
        LlamaConfig.Load(first).Save(second);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), JsonNode.Parse(File.ReadAllText(second.File("config.json")))), File.ReadAllText(second.File("config.json")));
    }

    /// <summary>A key, its value as JSON, and what the message must say.</summary>
    public static TheoryData<string, string, string> Faults => new()
    {
        { "vocab_size", "0", "vocab_size is 0, expected at least 1" },
        { "hidden_size", "-16", "hidden_size is -16, expected at least 1" },
        { "intermediate_size", "0", "intermediate_size is 0" },
        { "num_hidden_layers", "0", "num_hidden_layers is 0" },
        { "num_attention_heads", "0", "num_attention_heads is 0" },
        { "num_key_value_heads", "0", "num_key_value_heads is 0" },
        { "max_position_embeddings", "0", "max_position_embeddings is 0" },
        { "num_attention_heads", "3", "hidden_size 16 is no multiple of num_attention_heads 3" },
        { "num_key_value_heads", "3", "num_attention_heads 4 is no multiple of num_key_value_heads 3" },
        { "num_key_value_heads", "8", "num_attention_heads 4 is no multiple of num_key_value_heads 8" },
        { "head_dim", "5", "head_dim is 5, expected an even number for the rotary embedding" },
        { "head_dim", "-2", "head_dim is -2, expected an even number" },
        { "num_attention_heads", "16", "head_dim (hidden_size / num_attention_heads) is 1, expected an even number" },
        { "rms_norm_eps", "-1e-6", "rms_norm_eps is -1E-06, expected at least 0" },
        { "rope_theta", "0", "rope_theta is 0, expected more than 0" },
        { "hidden_act", "\"gelu\"", "hidden_act is gelu, only silu is supported" },
        { "hidden_act", "null", "hidden_act is , only silu is supported" },
        { "rope_scaling", """{"type":"linear","factor":8}""", "rope_scaling is not supported" },
        { "rope_parameters", """{"rope_type":"llama3","rope_theta":500000,"factor":8}""", "rope_parameters of rope_type llama3 are not supported" },
        { "rope_parameters", """{"rope_type":"default"}""", "'rope_theta'" },
        { "rope_parameters", "[]", "$.rope_parameters" },
        { "attention_bias", "true", "attention_bias" },
        { "mlp_bias", "true", "mlp_bias" },
        { "model_type", "\"mistral\"", "model_type is mistral, only llama is supported" },
        { "hidden_size", "\"16\"", "$.hidden_size" },
        { "hidden_size", "16.5", "$.hidden_size" },
        { "vocab_size", "5000000000", "$.vocab_size" },
        { "vocab_size", "null", "$.vocab_size" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_named_with_its_file_and_key(string key, string value, string expected)
        => AssertRefused(Change((key, JsonNode.Parse(value))), expected);

    [Theory]
    [InlineData("vocab_size")]
    [InlineData("hidden_size")]
    [InlineData("intermediate_size")]
    [InlineData("num_hidden_layers")]
    [InlineData("num_attention_heads")]
    public void A_missing_key_is_named_with_its_file(string key)
    {
        JsonObject config = JsonNode.Parse(TinyLlama.ConfigJson)!.AsObject();
        config.Remove(key);
        AssertRefused(config.ToJsonString(), $"'{key}'");
    }

    [Theory]
    [InlineData("", "is no Llama configuration")]
    [InlineData("{\"hidden_size\": 16", "is no Llama configuration")]
    [InlineData("[]", "is no Llama configuration")]
    [InlineData("{\"hidden_act\": \"\\ud800\"}", "is no Llama configuration")]
    [InlineData("null", "holds null; expected a configuration")]
    public void A_file_that_is_no_configuration_is_named(string json, string expected) => AssertRefused(json, expected);

    [Fact]
    public void All_faults_are_named_at_once()
        => AssertRefused(Change(("hidden_act", "gelu"), ("num_key_value_heads", 3)), "no multiple of num_key_value_heads 3; hidden_act is gelu");

    private static LlamaConfig Load(params ReadOnlySpan<(string Key, JsonNode? Value)> changes)
    {
        using TemporaryFolder folder = new();
        folder.Write("config.json", Change(changes));
        return LlamaConfig.Load(folder);
    }

    private static string Change(params ReadOnlySpan<(string Key, JsonNode? Value)> changes)
    {
        JsonNode config = JsonNode.Parse(TinyLlama.ConfigJson)!;
        foreach ((string key, JsonNode? value) in changes)
        {
            config[key] = value;
        }

        return config.ToJsonString();
    }

    private static void AssertRefused(string json, string expected)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("config.json", json);
        string message = Assert.Throws<InvalidDataException>(() => LlamaConfig.Load(folder)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }
}
