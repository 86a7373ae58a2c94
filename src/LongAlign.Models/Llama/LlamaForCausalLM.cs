using LongAlign.Collation;
using LongAlign.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Llama;

/// <summary>Llama (Touvron et al. 2023): pre-norm decoder with RMSNorm, rotary positions, grouped-query attention and SwiGLU.</summary>
/// <remarks>Parameters carry Hugging Face's names.</remarks>
public sealed class LlamaForCausalLM : CausalLanguageModel
{
    private readonly LlamaDecoder _decoder;
    private readonly Projection? _head;

    private LlamaForCausalLM(LlamaConfig config, ScalarType dtype, Device device)
        : base(nameof(LlamaForCausalLM))
    {
        Config = config;
        _decoder = new LlamaDecoder(config, dtype, device);
        register_module("model", _decoder);
        if (!config.TieWordEmbeddings)
        {
            _head = new Projection(config.HiddenSize, config.VocabularySize, dtype, device);
            register_module("lm_head", _head);
        }
    }

    /// <summary>The configuration.</summary>
    public LlamaConfig Config { get; }

    /// <inheritdoc/>
    public override int VocabularySize => Config.VocabularySize;

    /// <inheritdoc/>
    public override int MaxPositions => Config.MaxPositions;

    /// <inheritdoc/>
    public override Tensor OutputWeight => _head?.Weight ?? _decoder.Embedding;

    /// <summary>Makes a model with random weights: normal with the configuration's standard deviation, norms 1.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="seed">Decides the weights; the random state of torch is left as it is.</param>
    /// <param name="dtype">The dtype of the weights.</param>
    /// <param name="device">Where the model goes; the CPU by default.</param>
    /// <returns>A model that the caller owns.</returns>
    /// <exception cref="ArgumentException">The configuration is not valid.</exception>
    public static LlamaForCausalLM Create(LlamaConfig config, ulong seed, ScalarType dtype = ScalarType.Float32, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config.FindFaults().FirstOrDefault() is { } fault)
        {
            throw new ArgumentException($"The configuration can't be used: {fault}.", nameof(config));
        }

        TorchRuntime.EnsureAvailable();
        LlamaForCausalLM model = new(config, dtype, device ?? CPU);
        using Generator generator = new(seed, CPU);
        using var noGrad = no_grad();
        foreach ((string name, Parameter parameter) in model.named_parameters())
        {
            using DisposeScope scope = NewDisposeScope();
            if (name.EndsWith("norm.weight", StringComparison.Ordinal))
            {
                parameter.fill_(1);
            }
            else
            {
                // Drawn on the CPU in float32: the same weights on every device and close to them in every dtype.
                parameter.copy_(randn(parameter.shape, generator: generator) * config.InitializerRange);
            }
        }

        return model;
    }

    /// <inheritdoc/>
    public override Tensor GetHiddenStates(Tensor inputIds, Tensor positionIds, PackLayout layout)
        => _decoder.Forward(inputIds, positionIds, layout, GradientCheckpointing);

    /// <inheritdoc/>
    public override Tensor GetLogits(Tensor hiddenStates)
        => nn.functional.linear(hiddenStates, OutputWeight);

    internal static LlamaForCausalLM Load(string folder, ScalarType dtype, Device? device)
    {
        TorchRuntime.EnsureAvailable();
        LlamaForCausalLM model = new(LlamaConfig.Load(folder), dtype, device ?? CPU);
        try
        {
            // A tied model may be saved with its head beside the embedding that it is.
            ModelFolder.LoadWeights(model, folder, name => model._head is null && name == "lm_head.weight");
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private protected override void SaveConfig(string folder)
        => (Config with { TorchDtype = _decoder.Embedding.dtype.ToString().ToLowerInvariant() }).Save(folder);
}
