using System.Text.Json;
using LongAlign.Models.Configuration;
using LongAlign.Native;

namespace LongAlign.Models.Adapters;

/// <summary>The <c>adapter_config.json</c> of a PEFT folder.</summary>
/// <param name="Options">The options of the adapter.</param>
/// <param name="Targets">The parts of a model that it adapts.</param>
/// <param name="Context">The context that it was trained with; null: that of its base.</param>
/// <remarks>
/// Keys and defaults are those of LoraConfig in PEFT 0.20 (huggingface/peft, src/peft/tuners/lora/config.py). PEFT warns of keys that it
/// does not know; here a key that may change the results is an error that names it, and one with a neutral value
/// (<see cref="NeutralKeys.IsNeutral"/>) is passed over, as in a model's configuration.
/// </remarks>
internal sealed record AdapterConfig(LoraOptions Options, TargetRule Targets, AdapterContext? Context)
{
    public const string FileName = "adapter_config.json";

    private const int MaxRank = 1 << 20;

    /// <summary>Keys whose values don't change what trained weights compute.</summary>
    private static readonly string[] NeutralAlways =
    [
        "auto_mapping", "base_model_name_or_path", "corda_config", "ensure_weight_tying", "eva_config", "inference_mode", "loftq_config", "lora_ga_config",
        "megatron_core", "peft_version", "qalora_group_size", "revision", "runtime_config", "task_type",
    ];

    public static AdapterConfig Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no {FileName} in {Path.GetFullPath(folder)}; expected a PEFT folder.", path);
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new InvalidDataException($"{path} is a JSON {document.RootElement.ValueKind}; expected an object.");
            }

            List<string> faults = [];
            AdapterConfig config = Read(new ConfigReader(document.RootElement, "", faults));
            faults.AddRange(config.Options.FindFaults());
            return faults.Count == 0 ? config : throw new InvalidDataException($"{path} can't be used: {string.Join("; ", faults)}.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: text that is not Unicode
        {
            throw new InvalidDataException($"{path} is not JSON: {e.Message}", e);
        }
    }

    /// <summary>Writes the file. It appears under its name only when it is whole.</summary>
    public static void Write(string folder, LoraOptions options, IReadOnlyList<string> targets, IReadOnlyList<string> modulesToSave, AdapterContext? context, string? baseModel)
    {
        string path = Path.Combine(folder, FileName);
        AtomicFiles.Write(path, file =>
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
            json.WriteBoolean("use_dora", options.Dora);
            WriteList(json, "target_modules", targets);
            WritePattern(json, "rank_pattern", options.RankPattern, (key, rank) => json.WriteNumber(key, rank));
            WritePattern(json, "alpha_pattern", options.AlphaPattern, (key, alpha) => json.WriteNumber(key, alpha));
            json.WriteString("bias", options.Bias switch { LoraBias.All => "all", LoraBias.LoraOnly => "lora_only", _ => "none" });
            json.WriteBoolean("fan_in_fan_out", false);
            json.WriteBoolean("init_lora_weights", true);
            if (modulesToSave is [])
            {
                json.WriteNull("modules_to_save");
            }
            else
            {
                WriteList(json, "modules_to_save", modulesToSave);
            }

            if (context is not null)
            {
                json.WriteStartObject(AdapterContext.Key);
                json.WriteNumber("base_rope_theta", context.BaseTheta);
                json.WriteNumber("rope_theta", context.Theta);
                json.WriteNumber("max_position_embeddings", context.MaxPositions);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        });
    }

    private static AdapterConfig Read(ConfigReader reader)
    {
        if (!reader.HasValue("peft_type"))
        {
            reader.Fault("peft_type", "\"LORA\"", 0);
        }

        reader.Expect("peft_type", "\"LORA\"");

        // Other ways to begin (PiSSA, OLoRA, CorDA, LoftQ, LoRA-GA) change the weights under the adapter.
        reader.Expect("init_lora_weights", "true", "false", "\"gaussian\"", "\"orthogonal\"", "\"eva\"");
        if (reader.HasText("bias") is not (null or "none" or "all" or "lora_only"))
        {
            reader.Expect("bias", "\"none\"", "\"all\"", "\"lora_only\"");
        }

        (IReadOnlyList<string>? targets, string? pattern) = reader.TextOrTexts("target_modules");
        if (targets is null && pattern is null)
        {
            reader.Fault("target_modules", "a list of names or a pattern of names", 0);
        }

        (IReadOnlyList<string>? excluded, string? excludedPattern) = reader.TextOrTexts("exclude_modules");
        if (excludedPattern is not null && ModulePatterns.FaultOf(excludedPattern) is { } fault)
        {
            reader.Fault("exclude_modules", $"a pattern of names; {fault}", 0);
        }

        (IReadOnlyList<string>? layersPatterns, string? layersPattern) = reader.TextOrTexts("layers_pattern");
        IReadOnlyList<int>? layers = reader.NumberOrNumbers("layers_to_transform");
        TargetRule rule = new(
            targets, excluded ?? [], excludedPattern, layers is [] ? null : layers, layersPattern is null or "" ? (layersPatterns is [] ? null : layersPatterns) : [layersPattern]);
        LoraOptions options = new()
        {
            Rank = reader.Size("r", MaxRank),
            Alpha = reader.Number("lora_alpha", absent: null, aboveLeast: true),
            Dropout = reader.Number("lora_dropout", absent: 0),
            RankStabilized = reader.Flag("use_rslora", false),
            Dora = reader.Flag("use_dora", false),
            Targets = targets ?? [LoraOptions.AllLinear],
            RankPattern = ReadPattern(reader, "rank_pattern", (section, key) => section.Size(key, MaxRank)),
            AlphaPattern = ReadPattern(reader, "alpha_pattern", (section, key) => section.Number(key, absent: null, aboveLeast: true)),
            ModulesToSave = reader.Texts("modules_to_save") ?? [],
            Bias = reader.HasText("bias") switch { "all" => LoraBias.All, "lora_only" => LoraBias.LoraOnly, _ => LoraBias.None },
        };
        AdapterContext? context = reader.Section(AdapterContext.Key) is { } section ? ReadContext(section) : null;
        reader.Ignore(NeutralAlways);
        reader.RefuseOthers();
        return new AdapterConfig(options, rule, context);
    }

    private static AdapterContext ReadContext(ConfigReader section)
    {
        AdapterContext context = new(
            section.Number("base_rope_theta", absent: null, aboveLeast: true),
            section.Number("rope_theta", absent: null, aboveLeast: true),
            section.Size("max_position_embeddings"));
        if (context.Theta < context.BaseTheta)
        {
            section.Fault("rope_theta", "at least base_rope_theta", 0);
        }

        section.RefuseOthers();
        return context;
    }

    private static OrderedDictionary<string, T> ReadPattern<T>(ConfigReader reader, string name, Func<ConfigReader, string, T> read)
    {
        OrderedDictionary<string, T> pattern = [];
        if (reader.Section(name) is { } section)
        {
            foreach (string key in section.Keys)
            {
                pattern[key] = read(section, key);
            }
        }

        return pattern;
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static void WritePattern<T>(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, T> pattern, Action<string, T> write)
    {
        json.WriteStartObject(name);
        foreach ((string key, T value) in pattern)
        {
            write(key, value);
        }

        json.WriteEndObject();
    }
}
