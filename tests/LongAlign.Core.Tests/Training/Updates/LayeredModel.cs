using LongAlign.Attention;
using LongAlign.Collation;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training.Updates;

/// <summary>
/// Three layers, a tied head, and parameters of sizes that no number of ranks divides: one of a single number, one that nothing uses.
/// </summary>
internal sealed class LayeredModel : nn.Module, ICausalLanguageModel, IGradientCheckpointing
{
    private const int Width = 6;

    private readonly Embedding _embedding;
    private readonly Parameter _positions;
    private readonly Parameter _scale;
    private readonly Parameter _unused;
    private readonly ModuleList<Layer> _layers = [];

    public LayeredModel(ScalarType dtype = ScalarType.Float32, int frozenLayers = 0, int seed = 3)
        : base(nameof(LayeredModel))
    {
        using Generator generator = new((ulong)seed);
        Parameter Random(params long[] shape) => new((randn(shape, generator: generator) * 0.5).to(dtype));
        _embedding = new Embedding(Random(13, Width));
        _positions = Random(64, Width);
        _scale = new Parameter(ones(1, dtype));
        _unused = Random(5);
        for (int i = 0; i < 3; i++)
        {
            _layers.Add(new Layer(Random(Width, Width), Random(Width, Width), Random(Width), requiresGrad: i >= frozenLayers));
        }

        RegisterComponents();
    }

    public bool GradientCheckpointing { get; set; }

    public int VocabularySize => 13;

    public int MaxPositions => 64;

    public Tensor? OutputWeight => _embedding.Weight;

    public nn.Module? OutputModule => _embedding;

    public Tensor EmbeddingWeight => _embedding.Weight;

    public Tensor LastLayerWeight => _layers[^1].Weight;

    public Tensor GetHiddenStates(Tensor inputIds, Tensor positionIds, PackLayout layout)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = (GradientCheckpoint.RunWhereSharded(_embedding, inputs => _embedding.Weight.index_select(0, inputs[0]), inputIds) + _positions.index_select(0, positionIds)) * _scale;
        foreach (Layer layer in _layers)
        {
            hidden = GradientCheckpointing
                ? GradientCheckpoint.Run(layer, inputs => layer.Forward(inputs[0], layout), hidden)
                : layer.Forward(hidden, layout);
        }

        return hidden.MoveToOuterDisposeScope();
    }

    public Tensor GetLogits(Tensor hiddenStates)
        => GradientCheckpoint.RunWhereSharded(_embedding, inputs => nn.functional.linear(inputs[0], _embedding.Weight), hiddenStates);

    private sealed class Embedding : nn.Module
    {
        public Embedding(Parameter weight)
            : base(nameof(Embedding))
        {
            Weight = weight;
            register_parameter("weight", weight);
        }

        public Parameter Weight { get; }
    }

    private sealed class Layer : nn.Module
    {
        private readonly Parameter _query;
        private readonly Parameter _output;
        private readonly Parameter _bias;

        public Layer(Parameter query, Parameter output, Parameter bias, bool requiresGrad)
            : base(nameof(Layer))
        {
            (_query, _output, _bias) = (query, output, bias);
            RegisterComponents();
            foreach (Parameter parameter in parameters())
            {
                parameter.requires_grad = requiresGrad;
            }
        }

        public Tensor Weight => _output;

        public Tensor Forward(Tensor hidden, PackLayout layout)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor heads = nn.functional.linear(hidden, _query).view(hidden.shape[0], 2, -1);
            Tensor mixed = BlockDiagonalAttention.Forward(heads, heads, heads, layout).reshape(hidden.shape);
            return (hidden + nn.functional.linear(mixed, _output, _bias).tanh()).MoveToOuterDisposeScope();
        }
    }
}
