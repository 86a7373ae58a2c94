using LongAlign.Models.Decoders;

namespace LongAlign.Models.Configuration;

/// <summary>A family in the words of Hugging Face's library: what its decoder has, which keys decide, and what holds where a key is absent.</summary>
internal sealed record HuggingFaceFamily
{
    /// <summary>The <c>model_type</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>The name of the models, for people.</summary>
    public required string Title { get; init; }

    /// <summary>The name in <c>architectures</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Names of parameters, and so which norms there are.</summary>
    public ParameterNames Names { get; init; } = ParameterNames.HuggingFace;

    public BiasRule QueryBias { get; init; } = BiasRule.Never;

    public BiasRule OutputBias { get; init; } = BiasRule.Never;

    public BiasRule FeedForwardBias { get; init; } = BiasRule.Never;

    public QueryKeyNorm QueryKeyNorm { get; init; }

    public NormKind NormKind { get; init; }

    public string EpsilonKey { get; init; } = "rms_norm_eps";

    public string ActivationKey { get; init; } = "hidden_act";

    public Activation Activation { get; init; }

    public bool Gated { get; init; } = true;

    /// <summary>Windows; null: the family has none.</summary>
    public WindowRule? Windows { get; init; }

    /// <summary>Experts; null: the family has none.</summary>
    public ExpertRule? Experts { get; init; }

    /// <summary>The share of each head that turns; null: all of it, whatever a configuration says.</summary>
    public double? RotaryShare { get; init; }

    /// <summary>Whether neighbouring dimensions turn together.</summary>
    public bool InterleavedRope { get; init; }

    /// <summary>The base in layers with a window (<c>rope_local_base_freq</c>); null: that of all.</summary>
    public double? LocalTheta { get; init; }

    /// <summary>Whether layers with a window are left out of rope scaling.</summary>
    public bool ScalesFullLayersAlone { get; init; }

    /// <summary>Whether layers may be without rotary positions (<c>no_rope_layers</c>).</summary>
    public bool SkipsRope { get; init; }

    /// <summary>Whether queries may grow with their position (<c>llama_4_scaling_beta</c>).</summary>
    public bool ScalesQueries { get; init; }

    /// <summary>Whether embeddings are multiplied by sqrt(hidden_size) and scores by query_pre_attn_scalar^-1/2, and either kind of score may be capped.</summary>
    public bool GemmaScales { get; init; }

    /// <summary>Whether keys give factors of embeddings, scores, residuals and logits.</summary>
    public bool GraniteScales { get; init; }

    /// <summary>Whether dropout is passed over: published configurations have it, and trained models don't show it.</summary>
    public bool PassesOverDropout { get; init; }

    // What holds where a key is absent; null: the key must be there.
    public int? VocabularySize { get; init; }

    public int? HeadCount { get; init; }

    /// <summary>Null: as many as heads.</summary>
    public int? KeyValueHeads { get; init; }

    /// <summary>Null: hidden_size / heads.</summary>
    public int? HeadDim { get; init; }

    public required int MaxPositions { get; init; }

    public double NormEpsilon { get; init; } = 1e-6;

    public double Theta { get; init; } = 10_000;

    public bool Tied { get; init; }

    public double InitializerRange { get; init; } = 0.02;

    public IReadOnlyList<int> StopTokenIds { get; init; } = [];

    /// <summary>Attention's and logits' soft cap.</summary>
    public (double? Attention, double? Logits) SoftCaps { get; init; }
}
