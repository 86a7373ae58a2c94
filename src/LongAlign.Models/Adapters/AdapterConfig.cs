using System.Text.Json;

namespace LongAlign.Models.Adapters;

/// <summary>The <c>adapter_config.json</c> of a PEFT folder.</summary>
/// <param name="Options">What it says of the adapter.</param>
/// <param name="HasTargets">Whether it lists the targets; a pattern instead of a list says nothing that the names of the weights don't.</param>
/// <remarks>
/// Keys and defaults are those of LoraConfig in PEFT 0.20 (huggingface/peft, src/peft/tuners/lora/config.py). PEFT warns of keys that it
/// does not know; here a key that may change the results is an error that names it.
/// </remarks>
internal sealed record AdapterConfig(LoraOptions Options, bool HasTargets)
{
    public const string FileName = "adapter_config.json";

    private static readonly string[] Required = ["peft_type", "r", "lora_alpha", "target_modules"];

    /// <summary>Keys whose values don't change what trained weights compute. Any other key must be null, false or empty.</summary>
    private static readonly HashSet<string> WithoutEffect =
    [
        "base_model_name_or_path", "corda_config", "ensure_weight_tying", "eva_config", "inference_mode", "layers_pattern", "loftq_config", "lora_ga_config",
        "megatron_core", "peft_version", "qalora_group_size", "revision", "runtime_config", "task_type",
    ];

    public static AdapterConfig Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no {FileName} in {Path.GetFullPath(folder)}; expected a PEFT folder.", path);
        }

        List<string> faults = [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new InvalidDataException($"{path} is a JSON {document.RootElement.ValueKind}; expected an object.");
            }

            AdapterConfig config = Read(document.RootElement, faults);
            faults.AddRange(config.Options.FindFaults());
            return faults.Count == 0 ? config : throw new InvalidDataException($"{path} can't be used: {string.Join("; ", faults)}.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: text that is not Unicode
        {
            throw new InvalidDataException($"{path} is not JSON: {e.Message}", e);
        }
    }

    /// <summary>Writes the file. It appears under its name only when it is whole.</summary>
    public static void Write(string folder, LoraOptions options, IReadOnlyList<string> targets, string? baseModel)
    {
        string path = Path.Combine(folder, FileName);
        using (FileStream file = File.Create(path + ".tmp"))
        {
            using Utf8JsonWriter json = new(file, new JsonWriterOptions { Indented = true });
            json.WriteStartObject();
            json.WriteString("peft_type", "LORA");
            json.WriteString("task_type", "CAUSAL_LM");
            json.WriteString("base_model_name_or_path", baseModel);
            json.WriteBoolean("inference_mode", true); // as PEFT writes it: a reader decides whether to train on
            json.WriteNumber("r", options.Rank);
            json.WriteNumber("lora_alpha", options.Alpha);
            json.WriteNumber("lora_dropout", options.Dropout);
            json.WriteBoolean("use_rslora", options.RankStabilized);
            json.WriteStartArray("target_modules");
            foreach (string target in targets)
            {
                json.WriteStringValue(target);
            }

            json.WriteEndArray();
            json.WriteString("bias", "none");
            json.WriteBoolean("fan_in_fan_out", false);
            json.WriteBoolean("init_lora_weights", true);
            json.WriteNull("modules_to_save");
            json.WriteEndObject();
        }

        File.Move(path + ".tmp", path, overwrite: true);
    }

    private static AdapterConfig Read(JsonElement root, List<string> faults)
    {
        (LoraOptions options, bool hasTargets) = (new LoraOptions(), false);
        HashSet<string> missing = [.. Required];
        foreach (JsonProperty property in root.EnumerateObject())
        {
            (string key, JsonElement value) = (property.Name, property.Value);
            missing.Remove(key);
            switch (key)
            {
                case "peft_type" when value.ValueKind == JsonValueKind.String && value.ValueEquals("LORA"u8):
                case "bias" when value.ValueKind == JsonValueKind.String && value.ValueEquals("none"u8):
                case "init_lora_weights" when LeavesBaseAlone(value):
                    break;
                case "r" when value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int rank):
                    options = options with { Rank = rank };
                    break;
                case "lora_alpha" when value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double alpha):
                    options = options with { Alpha = alpha };
                    break;
                case "lora_dropout" when value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double dropout):
                    options = options with { Dropout = dropout };
                    break;
                case "use_rslora" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    options = options with { RankStabilized = value.GetBoolean() };
                    break;
                case "target_modules" when value.ValueKind == JsonValueKind.String:
                    (options, hasTargets) = (options with { Targets = [LoraOptions.AllLinear] }, false); // a pattern
                    break;
                case "target_modules" when value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String):
                    (options, hasTargets) = (options with { Targets = [.. value.EnumerateArray().Select(item => item.GetString()!)] }, true);
                    break;
                default:
                    if (!WithoutEffect.Contains(key) && (Required.Contains(key) || !IsNeutral(value)))
                    {
                        faults.Add(Describe(key, value));
                    }

                    break;
            }
        }

        faults.AddRange(missing.Select(key => $"{key} is missing"));
        return new AdapterConfig(options, hasTargets);
    }

    /// <summary>Other ways to begin (PiSSA, OLoRA, CorDA, LoftQ, LoRA-GA) change the weights under the adapter.</summary>
    private static bool LeavesBaseAlone(JsonElement value)
        => value.ValueKind is JsonValueKind.True or JsonValueKind.False
        || (value.ValueKind == JsonValueKind.String && (value.ValueEquals("gaussian"u8) || value.ValueEquals("orthogonal"u8) || value.ValueEquals("eva"u8)));

    private static bool IsNeutral(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };

    private static string Describe(string key, JsonElement value)
    {
        string text = value.GetRawText();
        return $"{key} is {(text.Length <= 40 ? text : text[..40] + "…")}, which is not supported";
    }
}
