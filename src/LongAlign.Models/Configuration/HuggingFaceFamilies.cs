using LongAlign.Models.Decoders;

namespace LongAlign.Models.Configuration;

/// <summary>
/// The families of Hugging Face's library: one table of what makes each, with the defaults of its <c>configuration_*.py</c>. A decoder has
/// beside these what all have: grouped-query attention with rotary positions, a gated feed-forward part with silu, RMSNorm before each.
/// </summary>
internal static class HuggingFaceFamilies
{
    private static readonly BiasRule AttentionBias = new("attention_bias", false);
    private static readonly BiasRule MlpBias = new("mlp_bias", false);

    public static HuggingFaceFamily Mistral { get; } = new()
    {
        ModelType = "mistral",
        Title = "Mistral",
        Architecture = "MistralForCausalLM",
        Windows = WindowRule.AllLayers(4096),
        KeyValueHeads = 8,
        MaxPositions = 131_072,
        StopTokenIds = [2],
    };

    public static HuggingFaceFamily Ministral3 { get; } = new()
    {
        ModelType = "ministral3",
        Title = "Ministral 3",
        Architecture = "Ministral3ForCausalLM",
        Windows = WindowRule.AllLayers(null),
        ScalesQueries = true,
        KeyValueHeads = 8,
        HeadDim = 128,
        MaxPositions = 262_144,
        NormEpsilon = 1e-5,
        StopTokenIds = [2],
    };

    public static HuggingFaceFamily Gemma3 { get; } = new()
    {
        ModelType = "gemma3_text",
        Title = "Gemma 3, text",
        Architecture = "Gemma3ForCausalLM",
        Names = ParameterNames.Gemma,
        NormKind = NormKind.RootMeanSquareFromOne,
        QueryBias = AttentionBias,
        OutputBias = AttentionBias,
        QueryKeyNorm = QueryKeyNorm.Head,
        ActivationKey = "hidden_activation",
        Activation = Activation.GeluTanh,
        Windows = WindowRule.AllButEach(6, "sliding_window_pattern"),
        LocalTheta = 10_000,
        ScalesFullLayersAlone = true,
        GemmaScales = true,
        VocabularySize = 262_208,
        HeadCount = 8,
        KeyValueHeads = 4,
        HeadDim = 256,
        MaxPositions = 131_072,
        Theta = 1_000_000,
        Tied = true,
        StopTokenIds = [1],
    };

    private static HuggingFaceFamily Qwen2 { get; } = new()
    {
        ModelType = "qwen2",
        Title = "Qwen2, Qwen2.5",
        Architecture = "Qwen2ForCausalLM",
        QueryBias = BiasRule.Always,
        Windows = WindowRule.FromLayer,
        KeyValueHeads = 32,
        MaxPositions = 32_768,
    };

    private static HuggingFaceFamily Qwen3 { get; } = new()
    {
        ModelType = "qwen3",
        Title = "Qwen3",
        Architecture = "Qwen3ForCausalLM",
        QueryBias = AttentionBias,
        OutputBias = AttentionBias,
        QueryKeyNorm = QueryKeyNorm.Head,
        Windows = WindowRule.FromLayer,
        KeyValueHeads = 32,
        HeadDim = 128,
        MaxPositions = 32_768,
    };

    private static HuggingFaceFamily Olmo2 { get; } = new()
    {
        ModelType = "olmo2",
        Title = "OLMo 2",
        Architecture = "Olmo2ForCausalLM",
        Names = ParameterNames.Olmo,
        QueryBias = AttentionBias,
        OutputBias = AttentionBias,
        QueryKeyNorm = QueryKeyNorm.Width,
        MaxPositions = 2048,
        NormEpsilon = 1e-5,
        StopTokenIds = [50_279],
    };

    private static HuggingFaceFamily Glm { get; } = new()
    {
        ModelType = "glm",
        Title = "GLM-4 (`-hf`)",
        Architecture = "GlmForCausalLM",
        Names = ParameterNames.Glm,
        QueryBias = new BiasRule("attention_bias", true),
        RotaryShare = 0.5,
        InterleavedRope = true,
        KeyValueHeads = 2,
        HeadDim = 128,
        MaxPositions = 131_072,
        NormEpsilon = 1.5625e-7,
        StopTokenIds = [151_329, 151_336, 151_338],
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<HuggingFaceFamily> All { get; } =
    [
        new()
        {
            ModelType = "llama",
            Title = "Llama 2, Llama 3",
            Architecture = "LlamaForCausalLM",
            QueryBias = AttentionBias,
            OutputBias = AttentionBias,
            FeedForwardBias = MlpBias,
            MaxPositions = 2048,
            StopTokenIds = [2],
        },
        Mistral,
        Mistral with { ModelType = "ministral", Title = "Ministral", Architecture = "MinistralForCausalLM" },
        Ministral3,
        Qwen2,
        Qwen3,
        Qwen2 with
        {
            ModelType = "qwen2_moe",
            Title = "Qwen1.5-MoE, Qwen2-57B-A14B",
            Architecture = "Qwen2MoeForCausalLM",
            QueryBias = new BiasRule("qkv_bias", true),
            Experts = new ExpertRule(60, 4, "moe_intermediate_size", AlwaysNormalized: false, HasShared: true, MaySkipLayers: true),
            KeyValueHeads = 16,
        },
        Qwen3 with
        {
            ModelType = "qwen3_moe",
            Title = "Qwen3-30B-A3B",
            Architecture = "Qwen3MoeForCausalLM",
            Experts = new ExpertRule(128, 8, "moe_intermediate_size", AlwaysNormalized: false, HasShared: false, MaySkipLayers: true),
            KeyValueHeads = 4,
            HeadDim = null,
        },
        new()
        {
            ModelType = "mixtral",
            Title = "Mixtral",
            Architecture = "MixtralForCausalLM",
            Names = ParameterNames.Mixtral,
            Windows = WindowRule.AllLayers(null),
            Experts = new ExpertRule(8, 2, "intermediate_size", AlwaysNormalized: true, HasShared: false, MaySkipLayers: false),
            KeyValueHeads = 8,
            MaxPositions = 131_072,
            NormEpsilon = 1e-5,
            Theta = 1_000_000,
            StopTokenIds = [2],
        },
        new()
        {
            ModelType = "phi3",
            Title = "Phi-3, Phi-3.5, Phi-4, Phi-4-mini",
            Architecture = "Phi3ForCausalLM",
            Names = ParameterNames.Phi,
            Windows = WindowRule.AllLayers(null),
            RotaryShare = 1,
            MaxPositions = 4096,
            NormEpsilon = 1e-5,
            StopTokenIds = [32_000],
        },
        new()
        {
            ModelType = "smollm3",
            Title = "SmolLM3",
            Architecture = "SmolLM3ForCausalLM",
            QueryBias = AttentionBias,
            OutputBias = AttentionBias,
            FeedForwardBias = MlpBias,
            Windows = new WindowRule(null, "with `use_sliding_window`, layers without rotary positions", NoRope.LayersWithout, Switched: true),
            SkipsRope = true,
            KeyValueHeads = 4,
            MaxPositions = 32_768,
            Theta = 2_000_000,
            Tied = true,
            StopTokenIds = [128_001],
        },
        Gemma3 with
        {
            ModelType = "gemma2",
            Title = "Gemma 2",
            Architecture = "Gemma2ForCausalLM",
            QueryKeyNorm = QueryKeyNorm.None,
            Windows = WindowRule.EvenLayers,
            LocalTheta = null,
            ScalesFullLayersAlone = false,
            SoftCaps = (50, 30),
            VocabularySize = null,
            HeadCount = null,
            MaxPositions = 8192,
            Theta = 10_000,
        },
        Gemma3,
        Olmo2,
        Olmo2 with
        {
            ModelType = "olmo3",
            Title = "OLMo 3",
            Architecture = "Olmo3ForCausalLM",
            Windows = WindowRule.AllButEach(4, null),
            ScalesFullLayersAlone = true,
            Theta = 500_000,
        },
        Glm,
        Glm with { ModelType = "glm4", Title = "GLM-4-0414", Architecture = "Glm4ForCausalLM", Names = ParameterNames.Glm4 },
        new()
        {
            ModelType = "granite",
            Title = "Granite 3",
            Architecture = "GraniteForCausalLM",
            QueryBias = AttentionBias,
            OutputBias = AttentionBias,
            FeedForwardBias = MlpBias,
            GraniteScales = true,
            MaxPositions = 2048,
            StopTokenIds = [2],
        },
        new()
        {
            ModelType = "starcoder2",
            Title = "StarCoder2",
            Architecture = "Starcoder2ForCausalLM",
            Names = ParameterNames.StarCoder,
            NormKind = NormKind.Layer,
            EpsilonKey = "norm_epsilon",
            QueryBias = new BiasRule("use_bias", true),
            OutputBias = new BiasRule("use_bias", true),
            FeedForwardBias = new BiasRule("use_bias", true),
            Activation = Activation.GeluTanh,
            Gated = false,
            Windows = WindowRule.AllLayers(null),
            PassesOverDropout = true,
            KeyValueHeads = 2,
            MaxPositions = 4096,
            NormEpsilon = 1e-5,
            Tied = true,
            InitializerRange = 0.018042,
            StopTokenIds = [50_256],
        },
    ];
}
