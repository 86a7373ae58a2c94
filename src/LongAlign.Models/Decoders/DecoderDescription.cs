namespace LongAlign.Models.Decoders;

/// <summary>A decoder as data: all that tells one family, or one model of it, from another.</summary>
/// <remarks>Common to all: layers of attention and feed-forward beside residuals, grouped-query attention, no dropout.</remarks>
internal sealed record DecoderDescription
{
    public required int VocabularySize { get; init; }

    public required int HiddenSize { get; init; }

    /// <summary>The width inside the feed-forward part, where it is not a mixture of experts.</summary>
    public required int IntermediateSize { get; init; }

    public required int LayerCount { get; init; }

    public required int HeadCount { get; init; }

    /// <summary>Query head h reads key head h / (heads / key heads).</summary>
    public required int KeyValueHeadCount { get; init; }

    public required int HeadDim { get; init; }

    public required int MaxPositions { get; init; }

    public required double NormEpsilon { get; init; }

    public NormKind NormKind { get; init; }

    /// <summary>The names of the parameters; the names that are set also say which norms a layer has.</summary>
    public required ParameterNames Names { get; init; }

    /// <summary>The rotary positions of layers that see the whole sequence.</summary>
    public required RopeDescription Rope { get; init; }

    /// <summary>The rotary positions of each layer; null: the layer has none.</summary>
    public required IReadOnlyList<RopeDescription?> Ropes { get; init; }

    /// <summary>The scaling of queries that grows with their position; null: none.</summary>
    public QueryScaling? QueryScaling { get; init; }

    /// <summary>The sliding window of each layer, in tokens; null: the whole sequence.</summary>
    public required IReadOnlyList<int?> Windows { get; init; }

    /// <summary>Whether the projections to query, key and value have a bias.</summary>
    public bool AttentionInputBias { get; init; }

    public bool AttentionOutputBias { get; init; }

    public bool FeedForwardBias { get; init; }

    public QueryKeyNorm QueryKeyNorm { get; init; }

    /// <summary>The factor of attention's scores; null: 1 / sqrt(head_dim).</summary>
    public double? AttentionScale { get; init; }

    /// <summary>The soft cap of attention's scores.</summary>
    public double? AttentionSoftCap { get; init; }

    public Activation Activation { get; init; }

    /// <summary>Whether the feed-forward part is down(activation(gate(x)) * up(x)), or down(activation(up(x))).</summary>
    public bool Gated { get; init; } = true;

    /// <summary>The experts; null: there are none.</summary>
    public ExpertDescription? Experts { get; init; }

    /// <summary>Whether each layer is one of experts.</summary>
    public Func<int, bool> HasExperts { get; init; } = _ => false;

    /// <summary>A factor of embeddings.</summary>
    public double EmbeddingScale { get; init; } = 1;

    /// <summary>A factor of what attention and feed-forward add to the residual.</summary>
    public double ResidualScale { get; init; } = 1;

    /// <summary>A factor of the last hidden states, and so of logits.</summary>
    public double OutputScale { get; init; } = 1;

    /// <summary>The soft cap of logits.</summary>
    public double? LogitSoftCap { get; init; }

    /// <summary>Whether the vocabulary projection is the embedding.</summary>
    public bool TiedHead { get; init; }

    /// <summary>Whether the configuration leaves it to the weights: a head that is there is used.</summary>
    public bool HeadByWeights { get; init; }

    /// <summary>The standard deviation of new weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Ids that end an answer.</summary>
    public IReadOnlyList<int> StopTokenIds { get; init; } = [];
}
