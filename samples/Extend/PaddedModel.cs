using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Extend;

/// <summary>A module as it is found elsewhere: rows with padding and an ordinary mask in, logits out. It knows nothing of packs.</summary>
internal sealed class PaddedModel : nn.Module, IPaddedModel
{
    private const int Width = 64;

    private readonly Embedding _embedding;
    private readonly Embedding _positions = nn.Embedding(512, Width);
    private readonly MultiheadAttention _attention = nn.MultiheadAttention(Width, 4);
    private readonly Linear _head;

    public PaddedModel(int vocabulary)
        : base(nameof(PaddedModel))
    {
        VocabularySize = vocabulary;
        _embedding = nn.Embedding(vocabulary, Width);
        _head = nn.Linear(Width, vocabulary);
        RegisterComponents();
    }

    public int VocabularySize { get; }

    public int MaxPositions => 512;

    public Tensor GetLogits(Tensor inputIds, Tensor attentionMask)
    {
        using DisposeScope scope = NewDisposeScope();
        long columns = inputIds.shape[1];
        Tensor hidden = _embedding.forward(inputIds) + _positions.forward(arange(columns, ScalarType.Int64));
        Tensor future = ones(columns, columns, ScalarType.Bool).triu(1);
        Tensor rows = hidden.transpose(0, 1); // [columns, rows, width], as TorchSharp's attention takes them
        (Tensor attended, _) = _attention.forward(rows, rows, rows, attentionMask.logical_not(), need_weights: false, future);
        return _head.forward(hidden + attended.transpose(0, 1)).MoveToOuterDisposeScope();
    }

    public static async Task<string> RunAsync()
    {
        random.manual_seed(42);
        using PaddedModel model = new(Tiny.Tokenizer.VocabularySize);
        TrainingResult result = await LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Tiny.Conversations)
            .UseSortedBatching(rows => (rows.BatchSize, rows.GlobalBatchSize) = (4, 8)).UseAdamW(3e-3)
            .Build().TrainAsync();
        return Tiny.Summary(result);
    }
}
