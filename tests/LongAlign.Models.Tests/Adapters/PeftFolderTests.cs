using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using LongAlign.Models.Adapters;
using LongAlign.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Adapters;

/// <summary>Folders in PEFT's form, written by hand and written here.</summary>
public sealed class PeftFolderTests
{
    /// <summary>What PEFT 0.20 writes for LoraConfig(r=2, lora_alpha=6, target_modules=["v_proj", "q_proj"], lora_dropout=0.05).</summary>
    private const string PeftConfig = """
        {
          "alora_invocation_tokens": null, "alpha_pattern": {}, "arrow_config": null, "auto_mapping": null, "base_model_name_or_path": "meta-llama/Llama-2-7b-hf",
          "bias": "none", "corda_config": null, "ensure_weight_tying": false, "eva_config": null, "exclude_modules": null, "fan_in_fan_out": false,
          "inference_mode": true, "init_lora_weights": true, "kasa_config": null, "layer_replication": null, "layers_pattern": null,
          "layers_to_transform": null, "loftq_config": {}, "lora_alpha": 6, "lora_bias": false, "lora_dropout": 0.05, "lora_ga_config": null,
          "megatron_config": null, "megatron_core": "megatron.core", "modules_to_save": null, "monteclora_config": null, "peft_type": "LORA",
          "peft_version": "0.20.0", "qalora_group_size": 16, "r": 2, "rank_pattern": {}, "revision": null, "target_modules": ["v_proj", "q_proj"],
          "target_parameters": null, "task_type": "CAUSAL_LM", "trainable_token_indices": null, "use_bdlora": null, "use_dora": false,
          "use_qalora": false, "use_rslora": false, "velora_config": null
        }
        """;

    [Theory]
    [InlineData(false, 3)]
    [InlineData(true, 4.242640687119285)] // 6 / sqrt(2)
    public void A_folder_laid_out_by_hand_as_PEFT_does_gives_the_weights_that_its_numbers_say(bool rankStabilized, double scaling)
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        WriteByHand(folder, Edited("use_rslora", rankStabilized));
        using CausalLanguageModel model = TinyAdapters.Model();
        Tensor before = model.state_dict()["model.layers.1.self_attn.v_proj.weight"].detach().clone();
        LoraAdapter adapter = model.LoadLora(folder);
        Assert.Equal((2, 6, 0.05), (adapter.Options.Rank, adapter.Options.Alpha, adapter.Options.Dropout));
        Assert.Equal(4, adapter.TargetNames.Count);
        Assert.All(adapter.Parameters, parameter => Assert.False(parameter.requires_grad));

        adapter.Merge();
        float[] delta = (model.state_dict()["model.layers.1.self_attn.v_proj.weight"] - before).data<float>().ToArray();
        for (int i = 0; i < 8; i++)
        {
            for (int j = 0; j < 16; j++)
            {
                double expected = scaling * ((B(i, 0) * A(0, j)) + (B(i, 1) * A(1, j)));
                Assert.Equal(expected, delta[(i * 16) + j], 1e-4);
            }
        }
    }

    [Fact]
    public void A_saved_folder_has_PEFTs_names_and_keys_and_loads_to_the_bit()
    {
        using TemporaryFolder folder = new();
        using CausalLanguageModel model = TinyAdapters.Model();
        LoraOptions options = new() { Rank = 3, Alpha = 12.5, Dropout = 0.1, RankStabilized = true, Targets = ["q_proj", "mlp.up_proj"] };
        LoraAdapter saved = model.AddLora(options).WithValues();
        saved.Save(folder, "meta-llama/Llama-2-7b-hf");

        JsonNode config = JsonNode.Parse(File.ReadAllBytes(folder.File("adapter_config.json")))!;
        Assert.Equal("LORA", (string?)config["peft_type"]);
        Assert.Equal("CAUSAL_LM", (string?)config["task_type"]);
        Assert.Equal("meta-llama/Llama-2-7b-hf", (string?)config["base_model_name_or_path"]);
        Assert.Equal((3, 12.5, 0.1, true, "none"), ((int)config["r"]!, (double)config["lora_alpha"]!, (double)config["lora_dropout"]!, (bool)config["use_rslora"]!, (string?)config["bias"]));
        Assert.Equal(["q_proj", "mlp.up_proj"], config["target_modules"]!.AsArray().Select(target => (string)target!));
        using (SafetensorsReader reader = new(folder.File("adapter_model.safetensors")))
        {
            Assert.Equal([16L, 3], reader.Entries["base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight"].Shape);
            Assert.Equal([3L, 16], reader.Entries["base_model.model.model.layers.1.mlp.up_proj.lora_A.weight"].Shape);
            Assert.Equal(8, reader.Entries.Count);
        }

        using CausalLanguageModel other = TinyAdapters.Model();
        LoraAdapter loaded = other.LoadLora(folder, trainable: true);
        Assert.Equal(saved.TargetNames, loaded.TargetNames);
        Assert.Equal(options.Scaling, loaded.Options.Scaling);
        Assert.Equal(saved.Parameters.Select(TinyAdapters.Bytes), loaded.Parameters.Select(TinyAdapters.Bytes));
        Assert.All(loaded.Parameters, parameter => Assert.True(parameter.requires_grad));
        model.eval(); // dropout
        other.eval();
        Assert.Equal(TinyAdapters.Logits(model), TinyAdapters.Logits(other));
    }

    [Fact]
    public void All_linear_is_spelled_out_for_PEFT_without_the_vocabulary_projection()
    {
        using TemporaryFolder folder = new();
        using CausalLanguageModel model = TinyAdapters.Model();
        model.AddLora().Save(folder);
        JsonNode config = JsonNode.Parse(File.ReadAllBytes(folder.File("adapter_config.json")))!;
        Assert.Equal(["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"], config["target_modules"]!.AsArray().Select(target => (string)target!));
        Assert.Null(config["base_model_name_or_path"]);
    }

    [Fact]
    public void Weights_are_read_into_an_adapter_of_the_same_kind_and_no_other()
    {
        using TemporaryFolder folder = new();
        using CausalLanguageModel model = TinyAdapters.Model();
        LoraAdapter saved = model.AddLora(new LoraOptions { Targets = ["q_proj"] }).WithValues();
        saved.Save(folder);
        using CausalLanguageModel same = TinyAdapters.Model();
        LoraAdapter resumed = same.AddLora(new LoraOptions { Targets = ["q_proj"] });
        resumed.LoadWeights(folder);
        Assert.Equal(saved.Parameters.Select(TinyAdapters.Bytes), resumed.Parameters.Select(TinyAdapters.Bytes));
        Assert.All(resumed.Parameters, parameter => Assert.True(parameter.requires_grad));

        Assert.All(
            new LoraOptions[] { new() { Targets = ["q_proj"], Rank = 4, Alpha = 8 }, new() { Targets = ["q_proj"], Alpha = 8 }, new() { Targets = ["q_proj", "v_proj"] } },
            options =>
            {
                using CausalLanguageModel other = TinyAdapters.Model();
                LoraAdapter adapter = other.AddLora(options);
                Assert.Contains(folder, Assert.Throws<InvalidDataException>(() => adapter.LoadWeights(folder)).Message, StringComparison.Ordinal);
            });
        resumed.Merge();
        Assert.Throws<InvalidOperationException>(() => resumed.LoadWeights(folder));
    }

    [Fact]
    public void A_pattern_of_targets_is_what_the_weights_say()
    {
        using TemporaryFolder folder = new();
        WriteByHand(folder, Edited("target_modules", "(.*)\\.(q|v)_proj$"));
        using CausalLanguageModel model = TinyAdapters.Model();
        LoraAdapter adapter = model.LoadLora(folder);
        Assert.Equal(4, adapter.TargetNames.Count);
        Assert.Equal(adapter.TargetNames, adapter.Options.Targets);
    }

    [Theory]
    [InlineData("bias", "\"some\"")]
    [InlineData("rank_pattern", """{"q_proj": 0}""")]
    [InlineData("rank_pattern", """{"(q_proj": 2}""")]
    [InlineData("rank_pattern", """["q_proj"]""")]
    [InlineData("alpha_pattern", """{"q_proj": -1}""")]
    [InlineData("layers_to_transform", "[0.5]")]
    [InlineData("exclude_modules", "\"(\"")]
    [InlineData("modules_to_save", "\"lm_head\"")]
    [InlineData("lora_bias", "true")]
    [InlineData("fan_in_fan_out", "true")]
    [InlineData("layer_replication", "[[0, 1]]")]
    [InlineData("trainable_token_indices", "[1, 2]")]
    [InlineData("target_parameters", """["experts.gate"]""")]
    [InlineData("use_qalora", "true")]
    [InlineData("alora_invocation_tokens", "[5]")]
    [InlineData("init_lora_weights", "\"pissa\"")]
    [InlineData("init_lora_weights", "\"loftq\"")]
    [InlineData("a_key_of_tomorrow", "0.5")]
    [InlineData("peft_type", "\"IA3\"")]
    [InlineData("peft_type", "null")]
    [InlineData("r", "0")]
    [InlineData("r", "2.5")]
    [InlineData("r", "null")]
    [InlineData("r", "4294967296")]
    [InlineData("lora_alpha", "\"6\"")]
    [InlineData("lora_alpha", "-1")]
    [InlineData("lora_alpha", "1e999")]
    [InlineData("lora_dropout", "1")]
    [InlineData("lora_dropout", "true")]
    [InlineData("use_rslora", "1")]
    [InlineData("target_modules", "null")]
    [InlineData("target_modules", "[]")]
    [InlineData("target_modules", "[1]")]
    public void A_value_that_changes_results_or_is_none_is_refused_by_name(string key, string value)
    {
        using TemporaryFolder folder = new();
        WriteByHand(folder, Edited(key, JsonNode.Parse(value)));
        using CausalLanguageModel model = TinyAdapters.Model();
        string message = Assert.Throws<InvalidDataException>(() => model.LoadLora(folder)).Message;
        Assert.Contains(folder.File("adapter_config.json"), message, StringComparison.Ordinal);
        Assert.Contains(key == "target_modules" && value == "[]" ? "target" : key == "lora_dropout" && value == "1" ? "dropout is 1" : key == "rank_pattern" && value.Contains('(') ? "regular expression" : key, message, StringComparison.Ordinal);
        Assert.Null(model.Adapter);
        Assert.All(model.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Theory]
    [InlineData("r")]
    [InlineData("lora_alpha")]
    [InlineData("target_modules")]
    [InlineData("peft_type")]
    public void A_missing_key_is_named(string key)
    {
        using TemporaryFolder folder = new();
        JsonObject config = JsonNode.Parse(PeftConfig)!.AsObject();
        config.Remove(key);
        WriteByHand(folder, config.ToJsonString());
        using CausalLanguageModel model = TinyAdapters.Model();
        Assert.Contains($"{key} is missing", Assert.Throws<InvalidDataException>(() => model.LoadLora(folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("r", "3", "has shape [2, 16], expected [3, 16]")]
    [InlineData("target_modules", """["q_proj"]""", "v_proj.lora_A.weight' is not a LoRA weight of a target")]
    [InlineData("target_modules", """["q_proj", "v_proj", "k_proj"]""", "k_proj.lora_A.weight' is missing")]
    [InlineData("target_modules", """["lm_head"]""", "lm_head.lora_A.weight' is missing")]
    [InlineData("use_dora", "true", "q_proj.lora_magnitude_vector' is missing")]
    [InlineData("modules_to_save", """["lm_head"]""", "lm_head.weight' is missing")]
    [InlineData("modules_to_save", """["nothing"]""", "No module of the model is named 'nothing'")]
    [InlineData("rank_pattern", """{"q_proj": 4}""", "has shape [2, 16], expected [4, 16]")]
    [InlineData("layers_to_transform", "[0]", "layers.1.self_attn.q_proj.lora_A.weight' is not a LoRA weight of a target")]
    [InlineData("layers_to_transform", "7", "is not a LoRA weight of a target")]
    [InlineData("exclude_modules", """["v_proj"]""", "v_proj.lora_A.weight' is not a LoRA weight of a target")]
    [InlineData("exclude_modules", "\".*v_proj\"", "v_proj.lora_A.weight' is not a LoRA weight of a target")]
    public void Weights_that_do_not_fit_are_named(string key, string value, string expected)
    {
        using TemporaryFolder folder = new();
        WriteByHand(folder, Edited(key, JsonNode.Parse(value)));
        using CausalLanguageModel model = TinyAdapters.Model();
        string message = Assert.Throws<SafetensorsException>(() => model.LoadLora(folder)).Message;
        Assert.Contains(folder.File("adapter_model.safetensors"), message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Null(model.Adapter);
    }

    [Fact]
    public void Missing_files_are_named()
    {
        using TemporaryFolder folder = new();
        using CausalLanguageModel model = TinyAdapters.Model();
        Assert.Contains("adapter_config.json", Assert.Throws<FileNotFoundException>(() => model.LoadLora(folder)).Message, StringComparison.Ordinal);
        folder.Write("adapter_config.json", PeftConfig);
        Assert.Contains(".bin", Assert.Throws<FileNotFoundException>(() => model.LoadLora(folder)).Message, StringComparison.Ordinal);
    }

    private static string Edited(string key, JsonNode? value)
    {
        JsonNode config = JsonNode.Parse(PeftConfig)!;
        config[key] = value;
        return config.ToJsonString();
    }

    /// <summary>The safetensors file byte by byte: length of the header, header, float32 data.</summary>
    private static void WriteByHand(TemporaryFolder folder, string config)
    {
        folder.Write("adapter_config.json", config);
        StringBuilder header = new("""{"__metadata__":{"format":"pt"}""");
        List<float> data = [];
        foreach (int layer in new[] { 0, 1 })
        {
            foreach ((string map, int outputs) in new[] { ("q_proj", 16), ("v_proj", 8) })
            {
                string name = $"base_model.model.model.layers.{layer}.self_attn.{map}.lora_";
                Add(name + "A.weight", 2, TinyModel.Config.HiddenSize, A);
                Add(name + "B.weight", outputs, 2, B);
            }
        }

        byte[] json = Encoding.UTF8.GetBytes(header.Append('}').ToString());
        byte[] file = new byte[8 + json.Length + (4 * data.Count)];
        BinaryPrimitives.WriteInt64LittleEndian(file, json.Length);
        json.CopyTo(file, 8);
        for (int i = 0; i < data.Count; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(8 + json.Length + (4 * i)), data[i]);
        }

        folder.Write("adapter_model.safetensors", file);

        void Add(string name, int rows, int columns, Func<int, int, double> value)
        {
            int begin = 4 * data.Count;
            data.AddRange(from i in Enumerable.Range(0, rows) from j in Enumerable.Range(0, columns) select (float)value(i, j));
            header.Append(CultureInfo.InvariantCulture, $$""","{{name}}":{"dtype":"F32","shape":[{{rows}},{{columns}}],"data_offsets":[{{begin}},{{4 * data.Count}}]}""");
        }
    }

    private static double A(int i, int j) => (i + 1) * (j - 7) * 0.125;

    private static double B(int i, int j) => (j == 0 ? i - 3 : 5 - i) * 0.25;
}
