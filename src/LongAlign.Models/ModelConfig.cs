using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LongAlign.Models.Llama;

/// <summary>The <c>config.json</c> of a Llama model, in Hugging Face's names.</summary>
public sealed record LlamaConfig
{
    // By reflection: the source generator sets absent init-only properties to 0 and null instead of their initial values.
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Gets the token ids of the vocabulary.</summary>
    [JsonPropertyName("vocab_size")]
    public required int VocabularySize { get; init; }

    /// <summary>Gets the width of hidden states.</summary>
    [JsonPropertyName("hidden_size")]
    public required int HiddenSize { get; init; }

    /// <summary>Gets the width inside the feed-forward part.</summary>
    [JsonPropertyName("intermediate_size")]
    public required int IntermediateSize { get; init; }

    /// <summary>Gets the number of layers.</summary>
    [JsonPropertyName("num_hidden_layers")]
    public required int LayerCount { get; init; }

    /// <summary>Gets the query heads.</summary>
    [JsonPropertyName("num_attention_heads")]
    public required int HeadCount { get; init; }

    /// <summary>Gets the key and value heads.</summary>
    /// <value>Null: as many as query heads.</value>
    [JsonPropertyName("num_key_value_heads")]
    public int? KeyValueHeadCount { get; init; }

    /// <summary>Gets the width of a head.</summary>
    /// <value>Null: <see cref="HiddenSize"/> over <see cref="HeadCount"/>.</value>
    [JsonPropertyName("head_dim")]
    public int? HeadDim { get; init; }

    /// <summary>Gets the most positions of a sequence.</summary>
    /// <value>2048 by default, as in Hugging Face's.</value>
    [JsonPropertyName("max_position_embeddings")]
    public int MaxPositions { get; init; } = 2048;

    /// <summary>Gets what is added to the mean square in a norm.</summary>
    /// <value>1e-6 by default, as in Hugging Face's.</value>
    [JsonPropertyName("rms_norm_eps")]
    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>Gets the base of the rotary embedding; LongAlign multiplies it by 200 for 64k.</summary>
    /// <value>10,000 by default.</value>
    [JsonPropertyName("rope_theta")]
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>Gets the scaling of the rotary embedding, which is not supported.</summary>
    /// <value>Null: none.</value>
    [JsonPropertyName("rope_scaling")]
    public JsonElement? RopeScaling { get; init; }

    /// <summary>Gets whether the vocabulary projection is the embedding.</summary>
    /// <value>False by default.</value>
    [JsonPropertyName("tie_word_embeddings")]
    public bool TieWordEmbeddings { get; init; }

    /// <summary>Gets the standard deviation of new weights.</summary>
    /// <value>0.02 by default.</value>
    [JsonPropertyName("initializer_range")]
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Gets the activation of the feed-forward part; only <c>silu</c> is supported.</summary>
    [JsonPropertyName("hidden_act")]
    public string Activation { get; init; } = "silu";

    /// <summary>Gets whether attention projections have a bias, which is not supported.</summary>
    [JsonPropertyName("attention_bias")]
    public bool AttentionBias { get; init; }

    /// <summary>Gets whether feed-forward projections have a bias, which is not supported.</summary>
    [JsonPropertyName("mlp_bias")]
    public bool FeedForwardBias { get; init; }

    /// <summary>Gets the family.</summary>
    [JsonPropertyName("model_type")]
    public string ModelType { get; init; } = "llama";

    /// <summary>Gets the classes that other tools load the model with.</summary>
    [JsonPropertyName("architectures")]
    public IReadOnlyList<string> Architectures { get; init; } = ["LlamaForCausalLM"];

    /// <summary>Gets the dtype of the saved weights, for other tools.</summary>
    [JsonPropertyName("torch_dtype")]
    public string? TorchDtype { get; init; }

    /// <summary>Gets the id that begins a sequence.</summary>
    [JsonPropertyName("bos_token_id")]
    public int? BosTokenId { get; init; }

    /// <summary>Gets the id, or ids, that end an answer.</summary>
    [JsonPropertyName("eos_token_id")]
    public JsonElement? EosTokenId { get; init; }

    /// <summary>Gets the id of padding.</summary>
    [JsonPropertyName("pad_token_id")]
    public int? PadTokenId { get; init; }

    [JsonInclude]
    [JsonPropertyName("rope_parameters")]
    internal RopeParameters? RopeParameters { get; init; }

    internal int KeyValueHeads => KeyValueHeadCount ?? HeadCount;

    internal int HeadWidth => HeadDim ?? HiddenSize / HeadCount;

    /// <summary>Reads the <c>config.json</c> of a folder.</summary>
    /// <param name="folder">A Hugging Face model folder.</param>
    /// <returns>The configuration, checked.</returns>
    /// <exception cref="InvalidDataException">The file is no valid Llama configuration, or asks for what is not supported; the message names file and key.</exception>
    public static LlamaConfig Load(string folder)
    {
        string path = Path.Combine(folder, ModelFolder.ConfigFile);
        LlamaConfig config;
        try
        {
            config = JsonSerializer.Deserialize<LlamaConfig>(File.ReadAllBytes(path), Json)
                ?? throw new InvalidDataException($"{path} holds null; expected a configuration.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is no Llama configuration: {e.Message}", e);
        }

        string[] faults = [.. config.FindFaults()];
        return faults.Length == 0
            ? config with { RopeTheta = config.RopeParameters?.Theta ?? config.RopeTheta, RopeParameters = null }
            : throw new InvalidDataException($"{path} can't be used: {string.Join("; ", faults)}.");
    }

    /// <summary>Writes <c>config.json</c> into a folder.</summary>
    /// <param name="folder">The folder, which exists.</param>
    public void Save(string folder)
        => File.WriteAllText(Path.Combine(folder, ModelFolder.ConfigFile), JsonSerializer.Serialize(this, Json));

    internal IEnumerable<string> FindFaults()
    {
        (string Key, int Value)[] positive =
        [
            ("vocab_size", VocabularySize), ("hidden_size", HiddenSize), ("intermediate_size", IntermediateSize), ("num_hidden_layers", LayerCount),
            ("num_attention_heads", HeadCount), ("num_key_value_heads", KeyValueHeads), ("max_position_embeddings", MaxPositions),
        ];
        (string Key, int Value)[] notPositive = [.. positive.Where(number => number.Value < 1)];
        foreach ((string key, int value) in notPositive)
        {
            yield return $"{key} is {value}, expected at least 1";
        }

        if (notPositive.Length > 0)
        {
            yield break;
        }

        if (HeadDim is null && HiddenSize % HeadCount != 0)
        {
            yield return $"hidden_size {HiddenSize} is no multiple of num_attention_heads {HeadCount}";
        }

        if (HeadWidth < 2 || HeadWidth % 2 != 0)
        {
            yield return $"head_dim {(HeadDim is null ? "(hidden_size / num_attention_heads) " : "")}is {HeadWidth}, expected an even number for the rotary embedding";
        }

        if (HeadCount % KeyValueHeads != 0)
        {
            yield return $"num_attention_heads {HeadCount} is no multiple of num_key_value_heads {KeyValueHeads}";
        }

        if (NormEpsilon < 0)
        {
            yield return $"rms_norm_eps is {NormEpsilon.ToString(CultureInfo.InvariantCulture)}, expected at least 0";
        }

        if ((RopeParameters?.Theta ?? RopeTheta) is var theta && theta <= 0)
        {
            yield return $"rope_theta is {theta.ToString(CultureInfo.InvariantCulture)}, expected more than 0";
        }

        if (ModelType != "llama")
        {
            yield return $"model_type is {ModelType}, only llama is supported";
        }

        if (Activation != "silu")
        {
            yield return $"hidden_act is {Activation}, only silu is supported";
        }

        if (RopeScaling is { ValueKind: not JsonValueKind.Null })
        {
            yield return "rope_scaling is not supported";
        }

        if (RopeParameters is { Type: not "default" })
        {
            yield return $"rope_parameters of rope_type {RopeParameters.Type} are not supported";
        }

        if (AttentionBias || FeedForwardBias)
        {
            yield return "attention_bias and mlp_bias are not supported";
        }
    }
}
