using LongAlign.Batching;

namespace LongAlign.Training;

/// <summary>The dimensions of a decoder that decide what its training takes of memory and time. Immutable.</summary>
/// <remarks>
/// Biases, norms of queries and keys, and routers of experts are left out: together less than a thousandth of the weights.
/// </remarks>
/// <example>
/// <code>
/// DecoderDimensions model = new()
/// {
///     HiddenSize = 4_096, IntermediateSize = 11_008, LayerCount = 32, HeadCount = 32, KeyValueHeadCount = 32, HeadDim = 128, VocabularySize = 32_000,
/// };
/// Console.WriteLine($"{model.ParameterCount / 1e9:F2} B");
/// </code>
/// </example>
public sealed record DecoderDimensions
{
    /// <summary>ChatGLM3-6B: 28 layers of 4,096, two key-value heads.</summary>
    public static DecoderDimensions ChatGlm6B { get; } = Of(4_096, 13_696, 28, 32, 2, 65_024);

    /// <summary>Llama-2-7B: 32 layers of 4,096.</summary>
    public static DecoderDimensions Llama7B { get; } = Of(4_096, 11_008, 32, 32, 32, 32_000);

    /// <summary>Llama-2-13B: 40 layers of 5,120.</summary>
    public static DecoderDimensions Llama13B { get; } = Of(5_120, 13_824, 40, 40, 40, 32_000);

    /// <summary>Gets the width of hidden states.</summary>
    public required int HiddenSize
    {
        get;
        init => field = Positive(value, nameof(HiddenSize));
    }

    /// <summary>Gets the width inside the feed-forward part: of all experts that a token uses, where there are experts.</summary>
    public required int IntermediateSize
    {
        get;
        init => field = Positive(value, nameof(IntermediateSize));
    }

    /// <summary>Gets the number of layers.</summary>
    public required int LayerCount
    {
        get;
        init => field = Positive(value, nameof(LayerCount));
    }

    /// <summary>Gets the query heads of a layer.</summary>
    public required int HeadCount
    {
        get;
        init => field = Positive(value, nameof(HeadCount));
    }

    /// <summary>Gets the key and value heads of a layer.</summary>
    public required int KeyValueHeadCount
    {
        get;
        init => field = Positive(value, nameof(KeyValueHeadCount));
    }

    /// <summary>Gets the width of a head.</summary>
    public required int HeadDim
    {
        get;
        init => field = Positive(value, nameof(HeadDim));
    }

    /// <summary>Gets the number of token ids.</summary>
    public required int VocabularySize
    {
        get;
        init => field = Positive(value, nameof(VocabularySize));
    }

    /// <summary>Gets whether the vocabulary projection is the embedding.</summary>
    public bool HasTiedHead { get; init; }

    /// <summary>Gets whether the feed-forward part has a gate, and so three weights in place of two.</summary>
    /// <value>True by default.</value>
    public bool IsGated { get; init; } = true;

    /// <summary>Gets the width of the feed-forward weights of a layer: of all experts together.</summary>
    /// <value>Null, the default, where there are no experts: <see cref="IntermediateSize"/>.</value>
    public int? ExpertsWidth
    {
        get;
        init => field = value is { } width ? Positive(width, nameof(ExpertsWidth)) : null;
    }

    /// <summary>The weights of a layer.</summary>
    public long LayerParameterCount => LayerWeights(ExpertsWidth ?? IntermediateSize) + (2L * HiddenSize);

    /// <summary>The weights outside the layers: embedding, head unless it is the embedding, last norm.</summary>
    public long OuterParameterCount => ((HasTiedHead ? 1 : 2) * HeadParameterCount) + HiddenSize;

    /// <summary>All weights.</summary>
    public long ParameterCount => (LayerCount * LayerParameterCount) + OuterParameterCount;

    /// <summary>The weights of the vocabulary projection, and of the embedding.</summary>
    internal long HeadParameterCount => (long)VocabularySize * HiddenSize;

    /// <summary>The weights of a layer that a token is multiplied with.</summary>
    internal long LayerWeightsOfToken => LayerWeights(IntermediateSize);

    internal long QueryWidth => (long)HeadCount * HeadDim;

    internal long KeyWidth => (long)KeyValueHeadCount * HeadDim;

    /// <summary>Projections with a gate, if there is one.</summary>
    internal int FeedForwardMaps => IsGated ? 3 : 2;

    /// <summary>Makes the cost model of sequences, in FLOPs of training without gradient checkpointing.</summary>
    /// <returns>The cost model.</returns>
    public AttentionCostModel ToCostModel()
        => AttentionCostModel.FromModel(HiddenSize, IntermediateSize, LayerCount, HeadCount, KeyValueHeadCount, VocabularySize, HeadDim);

    /// <summary>The weights of adapters (LoRA) of every linear map of the layers.</summary>
    /// <param name="rank">The rank of the updates.</param>
    /// <returns>rank · (inputs + outputs) of each map.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rank"/> is less than 1.</exception>
    public long GetAdapterParameterCount(int rank)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        long attention = (2 * (HiddenSize + QueryWidth)) + (2 * (HiddenSize + KeyWidth)); // query and output, key and value
        return rank * LayerCount * (attention + (FeedForwardMaps * (HiddenSize + (long)(ExpertsWidth ?? IntermediateSize))));
    }

    private static DecoderDimensions Of(int hidden, int intermediate, int layers, int heads, int keyValueHeads, int vocabulary) => new()
    {
        HiddenSize = hidden,
        IntermediateSize = intermediate,
        LayerCount = layers,
        HeadCount = heads,
        KeyValueHeadCount = keyValueHeads,
        HeadDim = hidden / heads,
        VocabularySize = vocabulary,
    };

    private static int Positive(int value, string name)
        => value >= 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected at least 1.");

    private long LayerWeights(long width) => HiddenSize * ((2 * QueryWidth) + (2 * KeyWidth) + (FeedForwardMaps * width));
}
