using System.Text.Json.Nodes;
using LongAlign.Models.Decoders;

namespace LongAlign.Models.Tests;

public sealed class ModelConfigTests
{
    private const string LeastSizes = """ "vocab_size": 29, "hidden_size": 256, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 32 """;

    [Theory]
    [InlineData("llama", 32, 8, 2048)]
    [InlineData("mistral", 8, 8, 131_072)]
    [InlineData("qwen2", 32, 8, 32_768)]
    [InlineData("qwen3", 32, 128, 32_768)]
    public void What_a_configuration_leaves_out_is_as_in_hugging_face(string family, int keyHeads, int headDim, int maxPositions)
    {
        ModelConfig config = ModelConfig.Parse($$"""{ "model_type": "{{family}}", {{LeastSizes}} }""");
        Assert.Equal(keyHeads, config.Decoder.KeyValueHeadCount);
        Assert.Equal(headDim, config.Decoder.HeadDim);
        Assert.Equal(maxPositions, config.MaxPositions);
        Assert.Equal(1e-6, config.Decoder.NormEpsilon);
        Assert.Equal(10_000, config.RopeTheta);
        Assert.Equal(0.02, config.Decoder.InitializerRange);
        Assert.False(config.HasTiedHead);
        Assert.Equal(family == "qwen2", config.Decoder.AttentionInputBias);
        Assert.Equal(family == "qwen3" ? QueryKeyNorm.Head : QueryKeyNorm.None, config.Decoder.QueryKeyNorm);
        Assert.All(config.Decoder.Windows, window => Assert.Equal(family == "mistral" ? 4096 : null, window));
    }

    [Fact]
    public void Null_is_the_default_and_keys_that_make_no_difference_are_passed_over()
    {
        ModelConfig config = TinyModel.With(
            ("num_key_value_heads", null), ("head_dim", null), ("rope_scaling", null), ("pad_token_id", null), ("pretraining_tp", 1),
            ("_name_or_path", "somewhere"), ("transformers_version", "4.51.0"), ("attention_dropout", 0.0), ("quantization_config", null), ("use_cache", true));
        Assert.Equal(4, config.Decoder.KeyValueHeadCount);
        Assert.Equal(4, config.Decoder.HeadDim);
    }

    [Fact]
    public void The_rotary_base_is_read_in_the_newer_form_too()
    {
        ModelConfig config = TinyModel.With(("rope_parameters", JsonNode.Parse("""{"rope_type":"linear","rope_theta":2000000,"factor":4}""")));
        Assert.Equal(2_000_000, config.RopeTheta);
        Assert.Equal(new LinearScaling(4), config.Decoder.Rope.Scaling);
    }

    [Theory]
    [InlineData("""{ "sliding_window": 5 }""", "mistral", new[] { 5, 5, 5 })]
    [InlineData("""{ "sliding_window": null }""", "mistral", new[] { 0, 0, 0 })]
    [InlineData("""{ "sliding_window": 5, "use_sliding_window": false, "max_window_layers": 1 }""", "qwen2", new[] { 0, 0, 0 })]
    [InlineData("""{ "sliding_window": 5, "use_sliding_window": true, "max_window_layers": 1 }""", "qwen2", new[] { 0, 5, 5 })]
    [InlineData("""{ "sliding_window": 5, "use_sliding_window": true, "max_window_layers": 28 }""", "qwen3", new[] { 0, 0, 0 })]
    [InlineData("""{ "sliding_window": 5, "use_sliding_window": true, "max_window_layers": 0, "layer_types": ["sliding_attention", "full_attention", "sliding_attention"] }""", "qwen3", new[] { 5, 0, 5 })]
    public void Windows_are_those_of_the_family(string keys, string family, int[] expected)
    {
        JsonObject json = JsonNode.Parse($$"""{ "model_type": "{{family}}", {{LeastSizes}}, "head_dim": 8 }""")!.AsObject();
        json["num_hidden_layers"] = 3;
        foreach ((string key, JsonNode? value) in JsonNode.Parse(keys)!.AsObject())
        {
            json[key] = value?.DeepClone();
        }

        Assert.Equal(expected, ModelConfig.Parse(json.ToJsonString()).Decoder.Windows.Select(window => window ?? 0));
    }

    [Fact]
    public void Stop_tokens_are_one_or_several()
    {
        Assert.Empty(TinyModel.With(("eos_token_id", null)).StopTokenIds);
        Assert.Equal([2], TinyModel.With(("eos_token_id", 2)).StopTokenIds);
        Assert.Equal([2, 3], TinyModel.With(("eos_token_id", JsonNode.Parse("[2, 3]"))).StopTokenIds);
    }

    public static TheoryData<string> Families => [.. TinyModel.Families];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_configuration_is_saved_as_it_was_read(string family)
    {
        using TemporaryFolder folder = new();
        JsonObject json = TinyModel.JsonOf(family);
        json["auto_map"] = JsonNode.Parse("""{ "AutoModel": "modeling_chatglm.问" }""");
        json["use_cache"] = true;
        ModelConfig.Parse(json.ToJsonString()).Save(folder);
        Assert.True(JsonNode.DeepEquals(json, JsonNode.Parse(File.ReadAllText(folder.File("config.json")))), File.ReadAllText(folder.File("config.json")));
        Assert.Contains("问", File.ReadAllText(folder.File("config.json")), StringComparison.Ordinal);
        Assert.Equal(json["model_type"]!.GetValue<string>(), ModelConfig.Load(folder).ModelType);
    }

    [Fact]
    public void Context_is_extended_as_in_the_paper()
    {
        ModelConfig llama = TinyModel.Config.ExtendContext();
        Assert.Equal(2_000_000, llama.RopeTheta);
        Assert.Equal(65_536, llama.MaxPositions);
        JsonNode saved = JsonNode.Parse(llama.ToString())!;
        Assert.Equal(2_000_000, saved["rope_theta"]!.GetValue<double>());
        Assert.Equal(65_536, saved["max_position_embeddings"]!.GetValue<int>());

        ModelConfig glm = TinyModel.ConfigOf("chatglm").ExtendContext(ropeThetaFactor: 4, maxPositions: 128);
        Assert.Equal(2_000_000, glm.RopeTheta);
        saved = JsonNode.Parse(glm.ToString())!;
        Assert.Equal(200, saved["rope_ratio"]!.GetValue<double>());
        Assert.Equal(128, saved["seq_length"]!.GetValue<int>());
        Assert.Null(saved["rope_theta"]);
    }

    [Fact]
    public void Context_is_extended_in_the_newer_form_too()
    {
        ModelConfig config = TinyModel.With(("rope_parameters", JsonNode.Parse("""{"rope_type":"default","rope_theta":500000}"""))).ExtendContext(2, 64);
        Assert.Equal(1_000_000, config.RopeTheta);
        JsonNode saved = JsonNode.Parse(config.ToString())!;
        Assert.Equal(1_000_000, saved["rope_parameters"]!["rope_theta"]!.GetValue<double>());
        Assert.Null(saved["rope_theta"]);
    }

    [Theory]
    [InlineData(0.5, 65_536)]
    [InlineData(double.NaN, 65_536)]
    [InlineData(double.PositiveInfinity, 65_536)]
    [InlineData(200, 63)]
    public void A_context_that_would_shrink_is_refused(double factor, int maxPositions)
        => Assert.Throws<ArgumentOutOfRangeException>(() => TinyModel.Config.ExtendContext(factor, maxPositions));

    /// <summary>A family, a key, its value as JSON, and what the message must say.</summary>
    public static TheoryData<string, string, string, string> Faults => new()
    {
        { "llama", "vocab_size", "0", "vocab_size is 0; expected a whole number from 1 to" },
        { "llama", "vocab_size", "null", "vocab_size is null; expected a whole number from 1 to" },
        { "llama", "vocab_size", "5000000000", "vocab_size is 5000000000; expected" },
        { "llama", "hidden_size", "-16", "hidden_size is -16; expected" },
        { "llama", "hidden_size", "\"16\"", "hidden_size is \"16\"; expected" },
        { "llama", "hidden_size", "16.5", "hidden_size is 16.5; expected" },
        { "llama", "hidden_size", "1e999", "hidden_size is 1e999; expected" },
        { "llama", "num_hidden_layers", "100000", "num_hidden_layers is 100000; expected a whole number from 1 to 65536" },
        { "llama", "num_attention_heads", "3", "hidden_size is 16; expected a multiple of num_attention_heads, 3" },
        { "llama", "num_key_value_heads", "3", "num_key_value_heads is 3; expected a divisor of num_attention_heads, 4" },
        { "llama", "num_key_value_heads", "8", "num_key_value_heads is 8; expected a divisor of num_attention_heads, 4" },
        { "llama", "head_dim", "5", "head_dim is 5; expected an even number for the rotary embedding" },
        { "llama", "num_attention_heads", "16", "head_dim is missing; expected an even number for the rotary embedding; hidden_size / num_attention_heads is 1" },
        { "llama", "rms_norm_eps", "-1e-6", "rms_norm_eps is -1e-6; expected a number of at least 0" },
        { "llama", "rms_norm_eps", "1e999", "rms_norm_eps is 1e999; expected a number" },
        { "llama", "rope_theta", "0", "rope_theta is 0; expected a number above 0" },
        { "llama", "hidden_act", "\"gelu\"", "hidden_act is \"gelu\"; supported: \"silu\"" },
        { "llama", "attention_dropout", "0.1", "attention_dropout is 0.1; supported: 0" },
        { "llama", "attention_bias", "1", "attention_bias is 1; expected true or false" },
        { "llama", "rope_scaling", """{"type":"ntk","factor":8}""", "rope_scaling.type is \"ntk\"; expected default, linear, dynamic, yarn, longrope or llama3." },
        { "llama", "rope_scaling", """{"rope_type":"mrope","mrope_section":[1]}""", "rope_scaling.rope_type is \"mrope\"; expected default, linear, dynamic, yarn, longrope or llama3." },
        { "llama", "rope_scaling", """{"type":"linear"}""", "rope_scaling.factor is missing; expected a number of at least 1" },
        { "llama", "rope_scaling", """{"type":"linear","factor":0.5}""", "rope_scaling.factor is 0.5; expected a number of at least 1" },
        { "llama", "rope_scaling", """{"type":"linear","factor":2,"attention_factor":1.2}""", "rope_scaling.attention_factor is 1.2, a key that is not known" },
        { "llama", "rope_scaling", """{"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4}""", "rope_scaling.original_max_position_embeddings is missing" },
        { "llama", "rope_scaling", """{"rope_type":"llama3","factor":8,"low_freq_factor":4,"high_freq_factor":4,"original_max_position_embeddings":8}""", "rope_scaling.low_freq_factor is 4; expected less than high_freq_factor, 4" },
        { "llama", "rope_scaling", "[]", "rope_scaling is []; expected an object" },
        { "llama 3", "rope_parameters", """{"rope_type":"default","rope_theta":1}""", "expected nothing beside rope_parameters" },
        { "llama", "rope_parameters", """{"rope_type":"default","rope_theta":"x"}""", "rope_parameters.rope_theta is \"x\"; expected a number above 0" },
        { "llama", "rope_parameters", """{"rope_theta":1,"partial_rotary_factor":0.5}""", "rope_parameters.partial_rotary_factor is 0.5; expected 1 for this family" },
        { "llama", "sliding_window", "4096", "sliding_window is 4096, a key that is not known here" },
        { "llama", "num_local_experts", "8", "num_local_experts is 8, a key that is not known here" },
        { "llama", "quantization_config", """{"bits":4}""", "quantization_config is {\"bits\":4}, a key that is not known here" },
        { "llama", "architectures", """["LlamaForSequenceClassification"]""", "architectures is [\"LlamaForSequenceClassification\"]; expected LlamaForCausalLM" },
        { "llama", "architectures", "[7]", "architectures is [7]; expected a list of strings" },
        { "llama", "eos_token_id", "\"</s>\"", "eos_token_id is \"</s>\"; expected a token id or a list of token ids" },
        { "mistral", "sliding_window", "0", "sliding_window is 0; expected a whole number from 1" },
        { "qwen2", "layer_types", """["full_attention"]""", "layer_types is [\"full_attention\"]; expected \"full_attention\" or" },
        { "qwen3", "layer_types", """["sliding_attention", "full_attention"]""", "expected \"full_attention\" or, with use_sliding_window" },
        { "qwen2", "layer_types", """["chunked_attention", "full_attention"]""", "\"sliding_attention\" for each of 2 layers" },
        { "chatglm", "kv_channels", "6", "kv_channels is 6; expected a multiple of 4" },
        { "chatglm", "multi_query_group_num", "3", "multi_query_group_num is 3; expected a divisor of num_attention_heads, 4" },
        { "chatglm", "multi_query_attention", "false", "multi_query_attention is false; supported: true" },
        { "chatglm", "original_rope", "false", "original_rope is false; supported: true" },
        { "chatglm", "rmsnorm", "false", "rmsnorm is false; supported: true" },
        { "chatglm", "post_layer_norm", "false", "post_layer_norm is false; supported: true" },
        { "chatglm", "apply_residual_connection_post_layernorm", "true", "apply_residual_connection_post_layernorm is true; supported: false" },
        { "chatglm", "fp32_residual_connection", "true", "fp32_residual_connection is true; supported: false" },
        { "chatglm", "hidden_dropout", "0.1", "hidden_dropout is 0.1; supported: 0" },
        { "chatglm", "quantization_bit", "4", "quantization_bit is 4; supported: 0" },
        { "chatglm", "pre_seq_len", "128", "pre_seq_len is 128, which is not supported" },
        { "chatglm", "_name_or_path", "\"THUDM/chatglm2-6b-32k\"", "rope_ratio is 50; expected 1 for ChatGLM2, which divides positions by it" },
        { "chatglm", "rope_theta", "10000", "rope_theta is 10000, a key that is not known here" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_named_with_its_file_key_and_value(string family, string key, string value, string expected)
    {
        JsonObject json = TinyModel.JsonOf(family);
        json.Remove(key);
        AssertRefused($"{json.ToJsonString()[..^1]}, \"{key}\": {value} }}", expected); // a JsonNode could not hold all of the values
    }

    [Theory]
    [InlineData("llama", "vocab_size")]
    [InlineData("llama", "hidden_size")]
    [InlineData("mistral", "intermediate_size")]
    [InlineData("qwen2", "num_hidden_layers")]
    [InlineData("qwen3", "num_attention_heads")]
    [InlineData("chatglm", "padded_vocab_size")]
    [InlineData("chatglm", "multi_query_attention")]
    public void A_missing_key_is_named_with_its_file(string family, string key)
    {
        JsonObject json = TinyModel.JsonOf(family);
        json.Remove(key);
        AssertRefused(json.ToJsonString(), $"{key} is missing");
    }

    [Theory]
    [InlineData("", "is not JSON")]
    [InlineData("{\"hidden_size\": 16", "is not JSON")]
    [InlineData("{\"model_type\": \"llama\", \"hidden_size\": 16, \"hidden_size\": 32}", "is not JSON")]
    [InlineData("{\"model_type\": \"llama\", \"architectures\": [\"\\ud800\"]}", "is not JSON")]
    [InlineData("{\"model_type\": \"llama\", \"\\ud800\": 1}", "is not JSON")]
    [InlineData("null", "has no model_type")]
    public void A_file_that_is_no_configuration_is_named(string json, string expected) => AssertRefused(json, expected);

    [Fact]
    public void All_faults_are_named_at_once()
    {
        JsonObject json = TinyModel.JsonOf("llama");
        json["hidden_act"] = "gelu";
        json["num_key_value_heads"] = 3;
        AssertRefused(json.ToJsonString(), "hidden_act is \"gelu\"; supported: \"silu\", \"swish\", \"gelu_pytorch_tanh\".", "num_key_value_heads is 3; expected a divisor of num_attention_heads, 4; ");
    }

    private static void AssertRefused(string json, params ReadOnlySpan<string> expected)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("config.json", json);
        string message = Assert.Throws<InvalidDataException>(() => ModelConfig.Load(folder)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        foreach (string part in expected)
        {
            Assert.Contains(part, message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("{\"eos_token_id\": 5}", new[] { 5 })]
    [InlineData("{\"eos_token_id\": [7, 5], \"do_sample\": true}", new[] { 7, 5 })]
    [InlineData("{\"do_sample\": true}", new[] { 2 })]
    [InlineData(null, new[] { 2 })]
    public void What_ends_an_answer_is_first_said_by_the_file_about_generation(string? generation, int[] expected)
    {
        using TemporaryFolder folder = new();
        folder.Write("config.json", """
            { "model_type": "llama", "vocab_size": 32, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2,
              "num_key_value_heads": 2, "max_position_embeddings": 512, "rms_norm_eps": 1e-5, "eos_token_id": 2 }
            """);
        if (generation is not null)
        {
            folder.Write("generation_config.json", generation);
        }

        ModelConfig config = ModelConfig.Load(folder);
        Assert.Equal(expected, config.StopTokenIds);
        Assert.Equal(expected, config.ExtendContext(200, 65_536).StopTokenIds);
        Assert.Contains("\"eos_token_id\": 2", config.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"eos_token_id\": \"two\"}")]
    [InlineData("{\"eos_token_id\": [null]}")]
    [InlineData("{\"eos_token_id\": {}}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    public void A_damaged_file_about_generation_is_named(string generation)
    {
        using TemporaryFolder folder = new();
        folder.Write("config.json", "{ \"model_type\": \"llama\", \"vocab_size\": 32, \"hidden_size\": 32, \"intermediate_size\": 64, \"num_hidden_layers\": 1, \"num_attention_heads\": 2, \"num_key_value_heads\": 2, \"max_position_embeddings\": 512, \"rms_norm_eps\": 1e-5 }");
        folder.Write("generation_config.json", generation);
        Assert.Contains("generation_config.json", Assert.Throws<InvalidDataException>(() => ModelConfig.Load(folder)).Message, StringComparison.Ordinal);
    }
}
