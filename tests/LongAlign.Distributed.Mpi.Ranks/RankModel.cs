using LongAlign.Attention;
using LongAlign.Collation;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Distributed.Mpi.Ranks;

/// <summary>A small decoder of two layers, with gradient checkpointing.</summary>
internal sealed class RankModel : nn.Module, ICausalLanguageModel, IGradientCheckpointing
{
    private const int Vocabulary = 32;
    private const int Width = 16;
    private const int Positions = 64;

    private readonly Parameter _embedding;
    private readonly Parameter _positions;
    private readonly Parameter _head;
    private readonly ModuleList<Layer> _layers = [];

    public RankModel(long seed)
        : base(nameof(RankModel))
    {
        random.manual_seed(seed);
        _embedding = new Parameter(randn(Vocabulary, Width));
        _positions = new Parameter(randn(Positions, Width));
        _head = new Parameter(randn(Vocabulary, Width));
        for (int layer = 0; layer < 2; layer++)
        {
            _layers.Add(new Layer());
        }

        RegisterComponents();
    }

    /// <summary>Called before every forward pass, with its number from 0.</summary>
    public Action<int>? BeforePass { get; init; }

    public bool GradientCheckpointing { get; set; }

    public int VocabularySize => Vocabulary;

    public int MaxPositions => Positions;

    public Tensor? OutputWeight => _head;

    private int Passes { get; set; }

    public Tensor GetHiddenStates(Tensor inputIds, Tensor positionIds, PackLayout layout)
    {
        BeforePass?.Invoke(Passes++);
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = _embedding.index_select(0, inputIds) + _positions.index_select(0, positionIds);
        foreach (Layer layer in _layers)
        {
            hidden = GradientCheckpointing
                ? GradientCheckpoint.Run(layer, inputs => layer.Forward(inputs[0], layout), hidden)
                : layer.Forward(hidden, layout);
        }

        return hidden.MoveToOuterDisposeScope();
    }

    public Tensor GetLogits(Tensor hiddenStates) => nn.functional.linear(hiddenStates, _head);

    private sealed class Layer : nn.Module
    {
        private readonly Linear _mixer = nn.Linear(Width, 3 * Width, hasBias: false);
        private readonly Linear _output = nn.Linear(Width, Width);

        public Layer()
            : base(nameof(Layer))
            => RegisterComponents();

        public Tensor Forward(Tensor hidden, PackLayout layout)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor[] parts = _mixer.forward(hidden).view(hidden.shape[0], 2, -1).chunk(3, -1);
            Tensor mixed = BlockDiagonalAttention.Forward(parts[0], parts[1], parts[2], layout).reshape(hidden.shape);
            return (hidden + _output.forward(mixed).tanh()).MoveToOuterDisposeScope();
        }
    }
}
