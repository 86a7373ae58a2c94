using LongAlign.Collation;
using LongAlign.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training.Checkpoints;

/// <summary>A model whose weights can't be saved at one step.</summary>
internal sealed class BrokenModel : nn.Module, ICausalLanguageModel, ICheckpointable
{
    private readonly string _directory;
    private readonly Parameter _table;
    private int _saves;

    public BrokenModel(string directory)
        : base(nameof(BrokenModel))
    {
        _directory = directory;
        _table = new Parameter(ones(13, 13));
        register_parameter("table", _table);
    }

    public int BreaksAt { get; init; }

    public Action<string> Breaks { get; init; } = _ => throw new IOException("broken");

    public List<string> SeenWhileSaving { get; } = [];

    public int VocabularySize => 13;

    public int MaxPositions => 64;

    public Tensor GetHiddenStates(Tensor inputIds, Tensor positionIds, PackLayout layout) => _table.index_select(0, inputIds);

    public Tensor GetLogits(Tensor hiddenStates) => hiddenStates.alias();

    public void SaveWeights(string folder)
    {
        SeenWhileSaving.Add(string.Join(',', Directory.GetDirectories(_directory).Select(path => Path.GetFileName(path)!).Where(name => !name.EndsWith(".new", StringComparison.Ordinal))));
        if (++_saves == BreaksAt)
        {
            Breaks(folder);
        }
    }

    public void LoadWeights(string folder)
    {
    }
}
