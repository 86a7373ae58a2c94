namespace LongAlign.Data;

/// <summary>A mix of chats. Dispose it to remove its temporary file, if it has one.</summary>
public sealed class MixedChats : IDisposable
{
    private readonly RowStore _store;

    internal MixedChats(RowStore store, RowReference[] training, RowReference[] heldOut, DataReport report)
    {
        _store = store;
        Training = new ChatDataset(new MixedSource(store, training, report));
        HeldOut = new ChatDataset(new MixedSource(store, heldOut, report));
        TrainingCount = training.Length;
        HeldOutCount = heldOut.Length;
        Report = report;
    }

    /// <summary>The mix without what is held out; may be read any number of times.</summary>
    public ChatDataset Training { get; }

    /// <summary>What is held out.</summary>
    public ChatDataset HeldOut { get; }

    /// <summary>The rows of <see cref="Training"/>.</summary>
    public int TrainingCount { get; }

    /// <summary>The rows of <see cref="HeldOut"/>.</summary>
    public int HeldOutCount { get; }

    /// <summary>What became of every row of every source.</summary>
    public DataReport Report { get; }

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();
}
