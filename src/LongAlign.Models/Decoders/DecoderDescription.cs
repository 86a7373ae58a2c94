namespace LongAlign.Models.Decoders;

/// <summary>A decoder as data: all that tells one family, or one model of it, from another.</summary>
/// <remarks>Common to all: pre-norm layers of attention and SwiGLU, RMSNorm, rotary positions, no dropout.</remarks>
internal sealed record DecoderDescription
{
    public required int VocabularySize { get; init; }

    public required int HiddenSize { get; init; }

    /// <summary>The width inside the feed-forward part.</summary>
    public required int IntermediateSize { get; init; }

    public required int LayerCount { get; init; }

    public required int HeadCount { get; init; }

    /// <summary>Query head h reads key head h / (heads / key heads).</summary>
    public required int KeyValueHeadCount { get; init; }

    public required int HeadDim { get; init; }

    public required int MaxPositions { get; init; }

    public required double NormEpsilon { get; init; }

    public required RopeDescription Rope { get; init; }

    public required ParameterNames Names { get; init; }

    /// <summary>The sliding window of each layer, in tokens; null: the whole sequence.</summary>
    public required IReadOnlyList<int?> Windows { get; init; }

    /// <summary>Whether the projections to query, key and value have a bias.</summary>
    public bool AttentionInputBias { get; init; }

    public bool AttentionOutputBias { get; init; }

    public bool FeedForwardBias { get; init; }

    /// <summary>Whether each head of queries and keys is normed before it turns.</summary>
    public bool QueryKeyNorm { get; init; }

    /// <summary>Whether the vocabulary projection is the embedding.</summary>
    public bool TiedHead { get; init; }

    /// <summary>The standard deviation of new weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Ids that end an answer.</summary>
    public IReadOnlyList<int> StopTokenIds { get; init; } = [];
}
