using LongAlign.Collation;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

/// <summary>Dropout in training, and random numbers drawn in every forward pass, training or not.</summary>
internal sealed class NoisyModel : nn.Module, ICausalLanguageModel
{
    private readonly Parameter _embedding;
    private readonly Parameter _head;
    private readonly Dropout _dropout = nn.Dropout(0.3);

    public NoisyModel()
        : base(nameof(NoisyModel))
    {
        using Generator generator = new(3);
        _embedding = new Parameter(randn(13, 8, generator: generator));
        _head = new Parameter(randn(13, 8, generator: generator));
        RegisterComponents();
    }

    public int VocabularySize => 13;

    public int MaxPositions => 10_000;

    public Tensor? OutputWeight => _head;

    public Dropout Dropout => _dropout;

    /// <summary>The modes in which a forward pass found the dropout.</summary>
    public List<bool> SeenTraining { get; } = [];

    public Tensor GetHiddenStates(Tensor inputIds, Tensor positionIds, PackLayout layout)
    {
        using DisposeScope scope = NewDisposeScope();
        SeenTraining.Add(_dropout.training);
        Tensor hidden = _embedding.index_select(0, inputIds);
        return (_dropout.forward(hidden) + (rand_like(hidden) * 0.01)).MoveToOuterDisposeScope();
    }

    public Tensor GetLogits(Tensor hiddenStates) => nn.functional.linear(hiddenStates, _head);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _dropout.Dispose();
        }

        base.Dispose(disposing);
    }
}
