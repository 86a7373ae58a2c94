using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LongAlign.Models.Configuration;
using LongAlign.Models.Decoders;
using LongAlign.Training;

namespace LongAlign.Models;

/// <summary>
/// The configuration of a model: a Hugging Face <c>config.json</c>, checked. It is saved as it was read, keys that make no difference
/// here included.
/// </summary>
/// <remarks>
/// Families: those of docs/models.md, from Llama 2 to Qwen3's experts. Immutable. A new model needs no folder:
/// <code>
/// ModelConfig config = ModelConfig.Parse("""
///     {
///       "model_type": "llama", "vocab_size": 8000, "hidden_size": 128, "intermediate_size": 352,
///       "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2
///     }
///     """);
/// using CausalLanguageModel model = CausalLanguageModel.Create(config, seed: 42);
/// </code>
/// </remarks>
public sealed class ModelConfig
{
    /// <summary>The name of the file in a model folder.</summary>
    public const string FileName = "config.json";

    /// <summary>The name of the file that says how text is generated.</summary>
    private const string GenerationFileName = "generation_config.json";

    private const int MaxFileBytes = 16 << 20; // the largest of Hugging Face's hold a label for each class: megabytes

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ModelFamily _family;
    private readonly string _json;

    private ModelConfig(ModelFamily family, DecoderDescription decoder, string json)
    {
        _family = family;
        _json = json;
        Decoder = decoder;
    }

    /// <summary>The family, as <c>model_type</c> says it: llama, qwen3_moe …</summary>
    public string ModelType => _family.ModelType;

    /// <summary>The number of token ids.</summary>
    public int VocabularySize => Decoder.VocabularySize;

    /// <summary>The width of hidden states.</summary>
    public int HiddenSize => Decoder.HiddenSize;

    /// <summary>The number of layers.</summary>
    public int LayerCount => Decoder.LayerCount;

    /// <summary>The most positions of a sequence: <c>max_position_embeddings</c>, or more where a rope scaling of <c>yarn</c> or <c>dynamic</c> makes room for more.</summary>
    public int MaxPositions => Decoder.MaxPositions;

    /// <summary>The base of the rotary embedding; for ChatGLM 10,000 x <c>rope_ratio</c>.</summary>
    public double RopeTheta => Decoder.Rope.Theta;

    /// <summary>Whether the vocabulary projection is the embedding.</summary>
    public bool HasTiedHead => Decoder.TiedHead;

    /// <summary>The dimensions that decide what training takes of memory and time.</summary>
    public DecoderDimensions Dimensions => new()
    {
        HiddenSize = Decoder.HiddenSize,
        IntermediateSize = Decoder.Experts is { } experts ? (experts.PerToken * experts.Width) + (experts.SharedWidth ?? 0) : Decoder.IntermediateSize,
        ExpertsWidth = Decoder.Experts is { } all ? (all.Count * all.Width) + (all.SharedWidth ?? 0) : null,
        LayerCount = Decoder.LayerCount,
        HeadCount = Decoder.HeadCount,
        KeyValueHeadCount = Decoder.KeyValueHeadCount,
        HeadDim = Decoder.HeadDim,
        VocabularySize = Decoder.VocabularySize,
        HasTiedHead = Decoder.TiedHead,
        IsGated = Decoder.Gated,
    };

    /// <summary>The ids that end an answer: <c>eos_token_id</c> of <c>generation_config.json</c> in the folder, or else of the configuration.</summary>
    /// <value>Empty where neither names any.</value>
    public IReadOnlyList<int> StopTokenIds => GenerationStops ?? Decoder.StopTokenIds;

    internal DecoderDescription Decoder { get; }

    private IReadOnlyList<int>? GenerationStops { get; init; }

    /// <summary>Reads the <c>config.json</c> of a folder.</summary>
    /// <param name="folder">A Hugging Face model folder.</param>
    /// <returns>The configuration.</returns>
    /// <exception cref="FileNotFoundException">The folder has no <c>config.json</c>.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, of a family that is not supported, or asks for what is not supported; the message names file, key, value and
    /// what is expected, for all faults at once.
    /// </exception>
    public static ModelConfig Load(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        FileInfo file = new(Path.Combine(folder, FileName));
        if (!file.Exists)
        {
            throw new FileNotFoundException($"There is no {FileName} in {Path.GetFullPath(folder)}; expected a Hugging Face model folder.", file.FullName);
        }

        return file.Length <= MaxFileBytes
            ? With(Read(File.ReadAllBytes(file.FullName), file.FullName), ReadGenerationStops(Path.Combine(folder, GenerationFileName)))
            : throw new InvalidDataException($"{file.FullName} has {file.Length} bytes; expected a configuration of {MaxFileBytes} at the most.");
    }

    /// <summary>Reads a configuration from text.</summary>
    /// <param name="json">The contents of a <c>config.json</c>.</param>
    /// <returns>The configuration.</returns>
    /// <exception cref="InvalidDataException">As <see cref="Load"/> throws it.</exception>
    public static ModelConfig Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return Read(Encoding.UTF8.GetBytes(json), "The configuration");
    }

    /// <summary>
    /// Makes room for longer sequences as LongAlign does (section 4.1 of the paper): a larger base of the rotary embedding, so that angles
    /// of far positions are like those that the model knows. The model must then be trained on long sequences.
    /// </summary>
    /// <param name="ropeThetaFactor">The factor of the base; the paper's is 200, for 64k.</param>
    /// <param name="maxPositions">The most positions from then on, at least those of now; the paper's are 65,536.</param>
    /// <returns>The configuration with <c>rope_theta</c> and <c>max_position_embeddings</c> changed; of ChatGLM, <c>rope_ratio</c> and <c>seq_length</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not a number of at least 1, or there would be fewer positions than now.</exception>
    public ModelConfig ExtendContext(double ropeThetaFactor = 200, int maxPositions = 65_536)
    {
        if (!double.IsFinite(ropeThetaFactor) || ropeThetaFactor < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(ropeThetaFactor), ropeThetaFactor, "Expected a number of at least 1.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(maxPositions, MaxPositions);
        double ratio = _family.ThetaKey == "rope_ratio" ? RopeTheta / 10_000 : RopeTheta;
        return Edit(root =>
        {
            // Version 5 of Hugging Face's library keeps the base in an object, or in one for each type of layer.
            JsonObject decoder = _family.Section is null ? root : root[_family.Section]!.AsObject();
            JsonObject? block = decoder[RopeReader.Parameters] as JsonObject;
            JsonObject? full = block?[LayerTypes.Full] as JsonObject;
            foreach (JsonObject? place in new[] { full ?? block, decoder["rope_scaling"] as JsonObject, decoder })
            {
                if (place?.ContainsKey(_family.ThetaKey) == true || place == decoder && block is null)
                {
                    place![_family.ThetaKey] = ratio * ropeThetaFactor;
                }
            }

            decoder[_family.MaxPositionsKey] = maxPositions;
        });
    }

    /// <summary>Writes <c>config.json</c> into a folder.</summary>
    /// <param name="folder">The folder; made if it does not exist.</param>
    /// <exception cref="IOException">The file can't be written.</exception>
    public void Save(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, FileName), _json);
    }

    /// <summary>The configuration as JSON, indented.</summary>
    /// <returns>The text that <see cref="Save"/> writes.</returns>
    public override string ToString() => _json;

    internal ModelConfig Edit(Action<JsonObject> change)
    {
        JsonObject root = JsonNode.Parse(_json)!.AsObject();
        change(root);
        return With(Parse(root.ToJsonString(Readable)), GenerationStops);
    }

    private static ModelConfig With(ModelConfig config, IReadOnlyList<int>? generationStops)
        => new(config._family, config.Decoder, config._json) { GenerationStops = generationStops };

    /// <summary>Reads the ids that end an answer from the folder's generation_config.json; null where it gives none.</summary>
    private static int[]? ReadGenerationStops(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(File.ReadAllBytes(path))!.AsObject()["eos_token_id"] switch
            {
                null => null,
                JsonArray { Count: > 0 } ids => [.. ids.Select(id => id!.GetValue<int>())],
                JsonValue id => [id.GetValue<int>()],
                _ => throw new InvalidDataException($"{path} has an eos_token_id that is neither an id nor a list of them."),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or NullReferenceException)
        {
            throw new InvalidDataException($"{path} is damaged; expected an object, with an id or a list of ids as eos_token_id: {e.Message}", e);
        }
    }

    private static ModelConfig Read(ReadOnlyMemory<byte> utf8, string source)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8, Strict);
            JsonElement root = document.RootElement;
            ModelFamily family = FindFamily(root, source);
            List<string> faults = [];
            return family.Describe(new ConfigReader(root, "", faults)) is { } decoder
                ? new ModelConfig(family, decoder, JsonObject.Create(root)!.ToJsonString(Readable))
                : throw new InvalidDataException($"{source} can't be used: {string.Join("; ", faults)}.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: text that is not Unicode
        {
            throw new InvalidDataException($"{source} is not JSON: {e.Message}", e);
        }
    }

    private static ModelFamily FindFamily(JsonElement root, string source)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("model_type", out JsonElement type) || type.ValueKind != JsonValueKind.String)
        {
            throw new InvalidDataException($"{source} has no model_type; supported: {Supported()}.");
        }

        string name = type.GetString()!;
        return ModelFamily.All.FirstOrDefault(family => family.ModelType == name)
            ?? throw new InvalidDataException(
                ModelFamily.Refused.TryGetValue(name, out string? reason)
                    ? $"{source} has model_type \"{name}\", which is not supported: {reason}."
                    : $"{source} has model_type {type.GetRawText()}; supported: {Supported()}.");

        static string Supported() => string.Join(", ", ModelFamily.All.Select(family => family.ModelType));
    }
}
