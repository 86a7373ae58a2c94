using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Models.Adapters;
using LongAlign.Models.Decoders;
using LongAlign.Native;
using LongAlign.Safetensors;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models;

/// <summary>A decoder that predicts each token from those before it in its own sequence; which one, its configuration says.</summary>
/// <example>
/// <code>
/// using CausalLanguageModel model = CausalLanguageModel.FromPretrained("models/llama-2-7b", ScalarType.BFloat16, CUDA);
/// model.ExtendContext();    // the paper's: RoPE base x 200, 65,536 positions
/// // train it
/// model.SavePretrained("out/model");    // a Hugging Face folder, without the tokenizer's files
/// </code>
/// </example>
/// <remarks>
/// Parameters carry the names of the family's checkpoints. Every forward leaves one tensor alive, the one that it returns. Not thread-safe.
/// </remarks>
public sealed class CausalLanguageModel : nn.Module<Tensor, Tensor, PackLayout, Tensor>, ICausalLanguageModel, IGradientCheckpointing, ICheckpointable
{
    private readonly TokenEmbedding _embedding;
    private readonly DecoderLayer[] _layers;
    private readonly Norm _norm;
    private readonly Projection? _head;

    internal CausalLanguageModel(ModelConfig config, ScalarType dtype, Device device)
        : base(nameof(CausalLanguageModel))
    {
        Config = BaseConfig = config;
        DecoderDescription decoder = config.Decoder;
        _embedding = new TokenEmbedding(decoder.VocabularySize, decoder.HiddenSize, dtype, device);
        ModulePath.Register(this, decoder.Names.Embedding, _embedding);
        _layers = [.. Enumerable.Range(0, decoder.LayerCount).Select(layer => new DecoderLayer(decoder, layer, dtype, device))];
        ModulePath.Register(this, decoder.Names.Layers, nn.ModuleList<nn.Module>([.. _layers]));
        _norm = new Norm(decoder.HiddenSize, decoder, dtype, device);
        ModulePath.Register(this, decoder.Names.Norm, _norm);
        if (!decoder.TiedHead)
        {
            _head = new Projection(decoder.HiddenSize, decoder.VocabularySize, bias: false, dtype, device);
            ModulePath.Register(this, decoder.Names.Head, _head);
        }
    }

    /// <summary>The configuration.</summary>
    public ModelConfig Config { get; private set; }

    /// <summary>The configuration before its context was extended.</summary>
    internal ModelConfig BaseConfig { get; }

    /// <inheritdoc/>
    public int VocabularySize => Config.VocabularySize;

    /// <inheritdoc/>
    public int MaxPositions => Config.MaxPositions;

    /// <inheritdoc/>
    /// <remarks>Of its dimensions, in FLOPs; of experts those count that a token uses. Sliding windows are not counted.</remarks>
    public AttentionCostModel Cost => Dimensions.ToCostModel();

    /// <inheritdoc/>
    public DecoderDimensions Dimensions => Config.Dimensions;

    /// <inheritdoc/>
    /// <value>Null where logits have a soft cap (Gemma 2), or where the head has an adapter that is not merged.</value>
    public Tensor? OutputWeight => Config.Decoder.LogitSoftCap is not null || _head?.Update is { IsMerged: false } ? null : HeadWeight;

    /// <inheritdoc/>
    public nn.Module? OutputModule => Head;

    /// <summary>The dtype of the weights.</summary>
    public ScalarType Dtype => _embedding.Weight.dtype;

    /// <summary>The device of the weights.</summary>
    public Device Device => _embedding.Weight.device;

    /// <inheritdoc/>
    public bool GradientCheckpointing { get; set; }

    /// <inheritdoc/>
    public string? FindSharingFault(int ranks)
        => Config.Decoder.HeadCount % ranks != 0 ? $"{Config.Decoder.HeadCount} heads can't be dealt to {ranks} ranks; expected a number of ranks that divides them."
            : RouterLossWeight != 0 ? $"{nameof(RouterLossWeight)} is {RouterLossWeight}, and ranks that share a pack don't know how its other tokens were routed; expected 0."
            : null;

    /// <summary>
    /// Gets or sets the weight of the loss that keeps experts evenly used (Fedus et al. 2021, mean over layers), of models that have experts. Its
    /// gradient is added in each backward pass while training; the losses that are reported are without it.
    /// </summary>
    /// <value>0 by default: no such loss. For the mean over the n micro-batches of a step, give the weight divided by n.</value>
    /// <exception cref="ArgumentOutOfRangeException">It is not a number of at least 0.</exception>
    public double RouterLossWeight
    {
        get;
        set
        {
            if (!double.IsFinite(value) || value < 0)
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "Expected a number of at least 0.");
            }

            field = value;
            SparseFeedForward[] sparse = [.. _layers.Select(layer => layer.Experts).OfType<SparseFeedForward>()];
            foreach (SparseFeedForward experts in sparse)
            {
                experts.RouterLossWeight = value / sparse.Length;
            }
        }
    }

    /// <summary>The adapter of <c>AddLora</c> or <c>LoadLora</c>; null without one.</summary>
    public LoraAdapter? Adapter { get; internal set; }

    /// <summary>Reads a model from a Hugging Face folder: <c>config.json</c> and safetensors, in one file or in shards.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="dtype">The dtype of the weights in memory.</param>
    /// <param name="device">The device of the model; the CPU by default.</param>
    /// <returns>A model that the caller owns.</returns>
    /// <remarks>Weights are read once, straight into the model's memory where they have its dtype.</remarks>
    /// <exception cref="FileNotFoundException">The folder has no <c>config.json</c>.</exception>
    /// <exception cref="InvalidDataException">The configuration is damaged, or asks for what is not supported (<see cref="ModelConfig.Load"/>).</exception>
    /// <exception cref="SafetensorsException">Weights are missing or damaged, or don't fit the configuration.</exception>
    public static CausalLanguageModel FromPretrained(string folder, ScalarType dtype = ScalarType.Float32, Device? device = null)
    {
        ModelConfig config = ModelConfig.Load(folder);
        TorchRuntime.EnsureAvailable();
        using SafetensorsFolder weights = ModelFolder.OpenWeights(folder);
        config = ModelFolder.FitHead(config, weights);
        ModelFolder.CheckWeights(config, weights, folder);
        CausalLanguageModel model = new(config, dtype, device ?? CPU);
        try
        {
            model.Read(weights);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Makes a model with random weights: normal with the configuration's standard deviation, norms that change nothing, biases 0.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="seed">Decides the weights; the random state of torch is left as it is.</param>
    /// <param name="dtype">The dtype of the weights.</param>
    /// <param name="device">The device of the model; the CPU by default.</param>
    /// <returns>A model that the caller owns.</returns>
    /// <exception cref="LongAlign.Native.TorchUnavailableException">libtorch can't be loaded; the message says why.</exception>
    public static CausalLanguageModel Create(ModelConfig config, ulong seed, ScalarType dtype = ScalarType.Float32, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        TorchRuntime.EnsureAvailable();
        CausalLanguageModel model = new(config, dtype, device ?? CPU);
        using Generator generator = new(seed, CPU);
        using var noGrad = no_grad();
        foreach ((string name, Parameter parameter) in model.named_parameters())
        {
            using DisposeScope scope = NewDisposeScope();
            if (name.EndsWith("norm.weight", StringComparison.Ordinal))
            {
                parameter.fill_(config.Decoder.NormKind == NormKind.RootMeanSquareFromOne ? 0 : 1);
            }
            else if (name.EndsWith(".bias", StringComparison.Ordinal))
            {
                parameter.fill_(0);
            }
            else
            {
                // Drawn on the CPU in float32: the same weights on every device and close to them in every dtype.
                parameter.copy_(randn(parameter.shape, generator: generator) * config.Decoder.InitializerRange);
            }
        }

        return model;
    }

    /// <summary>Writes a Hugging Face folder: <c>config.json</c> and <c>model.safetensors</c>, or shards with an index.</summary>
    /// <param name="folder">The folder; made if it does not exist.</param>
    /// <param name="maxShardBytes">The most bytes of weights in a file; 5 GB by default.</param>
    /// <exception cref="InvalidOperationException">The model has an adapter that is not merged: the folder would lack what it learned.</exception>
    public void SavePretrained(string folder, long maxShardBytes = 5_000_000_000)
    {
        if (Adapter is { IsMerged: false })
        {
            throw new InvalidOperationException(
                "The model has an adapter that is not merged, and a model folder holds none. Save the adapter alone with Adapter.Save(folder), or call Adapter.Merge() first.");
        }

        using DisposeScope scope = NewDisposeScope();
        List<KeyValuePair<string, Tensor>> weights = [.. named_parameters().Where(named => Adapter?.Owns(named.parameter) != true).Select(named => KeyValuePair.Create(named.name, (Tensor)named.parameter))];
        if (Config.Decoder.Names.RotaryFrequencies is { } name)
        {
            weights.Add(KeyValuePair.Create(name, ModelFolder.RotaryFrequencies(Config.Decoder, Dtype)));
        }

        SafetensorsFolder.Write(folder, weights, maxShardBytes);
        ModelFolder.SaveConfig(Config, Dtype, folder);
    }

    /// <summary>Writes what training changes: the adapter alone, as a PEFT folder, where there is one that is not merged; else the whole model.</summary>
    /// <param name="folder">The folder.</param>
    public void SaveWeights(string folder)
    {
        if (Adapter is { IsMerged: false })
        {
            Adapter.Save(folder);
        }
        else
        {
            SavePretrained(folder);
        }
    }

    /// <inheritdoc/>
    public void LoadWeights(string folder)
    {
        if (Adapter is { IsMerged: false })
        {
            Adapter.LoadWeights(folder);
        }
        else
        {
            using SafetensorsFolder weights = ModelFolder.OpenWeights(folder);
            ModelFolder.CheckWeights(Config, weights, folder);
            Read(weights);
        }
    }

    /// <summary>Makes room for longer sequences, in the model and in the configuration that is saved with it.</summary>
    /// <inheritdoc cref="ModelConfig.ExtendContext" path="/param"/>
    /// <inheritdoc cref="ModelConfig.ExtendContext" path="/exception"/>
    public void ExtendContext(double ropeThetaFactor = 200, int maxPositions = 65_536)
        => Config = Config.ExtendContext(ropeThetaFactor, maxPositions);

    /// <inheritdoc/>
    public Tensor GetHiddenStates(Tensor inputIds, Tensor positionIds, PackLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return layout.Part is { } part && FindSharingFault(part.Count) is { } fault
            ? throw new NotSupportedException(fault)
            : GetHiddenStates(inputIds, positionIds, layout, new PackAttention(layout));
    }

    /// <inheritdoc/>
    public Tensor GetLogits(Tensor hiddenStates)
    {
        ArgumentNullException.ThrowIfNull(hiddenStates);
        return GradientCheckpoint.RunWhereSharded(Head, inputs => Project(inputs[0]), hiddenStates);
    }

    /// <summary>Logits of every token.</summary>
    /// <param name="inputIds">Token ids, int64 [tokens].</param>
    /// <param name="positionIds">Positions, int64 [tokens], from 0 in every sequence.</param>
    /// <param name="layout">The places of the sequences.</param>
    /// <returns>Logits [tokens, vocabulary], in the model's dtype; the caller owns them.</returns>
    public override Tensor forward(Tensor inputIds, Tensor positionIds, PackLayout layout)
    {
        using DisposeScope scope = NewDisposeScope();
        return GetLogits(GetHiddenStates(inputIds, positionIds, layout)).MoveToOuterDisposeScope();
    }

    internal Tensor GetHiddenStates(Tensor inputIds, Tensor positionIds, PackLayout layout, IAttention attention)
    {
        using DisposeScope scope = NewDisposeScope();
        DecoderDescription decoder = Config.Decoder;
        Dictionary<RopeDescription, RotaryEmbedding> rotary = decoder.Ropes.OfType<RopeDescription>().Distinct()
            .ToDictionary(rope => rope, rope => RotaryEmbedding.At(positionIds, layout, rope, decoder.QueryScaling, Dtype));
        Tensor hidden = Scale(GradientCheckpoint.RunWhereSharded(_embedding, inputs => _embedding.forward(inputs[0]), inputIds), decoder.EmbeddingScale); // [tokens, hidden]
        for (int i = 0; i < _layers.Length; i++)
        {
            DecoderLayer layer = _layers[i];
            RotaryEmbedding? positions = decoder.Ropes[i] is { } rope ? rotary[rope] : null;
            hidden = GradientCheckpointing
                ? GradientCheckpoint.Run(layer, inputs => layer.Forward(inputs[0], positions?.With([.. inputs.Skip(1)]), attention), [hidden, .. positions?.Tensors ?? []])
                : layer.Forward(hidden, positions, attention);
        }

        return Scale(_norm.forward(hidden), decoder.OutputScale).MoveToOuterDisposeScope();
    }

    private nn.Module Head => _head is null ? _embedding : _head;

    private Tensor HeadWeight => _head?.Weight ?? _embedding.Weight;

    private Tensor Project(Tensor hiddenStates)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = _head?.forward(hiddenStates) ?? nn.functional.linear(hiddenStates, HeadWeight);
        return (Config.Decoder.LogitSoftCap is { } cap ? (logits / cap).tanh() * cap : logits).MoveToOuterDisposeScope();
    }

    private void Read(SafetensorsFolder weights)
    {
        foreach ((string name, Parameter parameter) in named_parameters().Where(named => Adapter?.Owns(named.parameter) != true))
        {
            weights.ReadInto(ModelFolder.NameIn(weights.Names, name), parameter);
        }
    }

    /// <summary>Times a number that is rounded to the model's dtype first, as Gemma's own code does.</summary>
    private Tensor Scale(Tensor tensor, double factor)
    {
        if (factor == 1)
        {
            return tensor;
        }

        using Tensor rounded = torch.tensor(factor, Dtype);
        return tensor * rounded.to(ScalarType.Float64).ToDouble();
    }
}
