namespace LongAlign.Data;

/// <summary>A mix of chats. Dispose it to remove its temporary file, if it has one.</summary>
public sealed class MixedChats : IDisposable
{
    private readonly RowStore _store;

    internal MixedChats(RowStore store, RowReference[] training, RowReference[] heldOut, DataReport report)
    {
        _store = store;
        Training = Read(training);
        HeldOut = Read(heldOut);
        TrainingCount = training.Length;
        HeldOutCount = heldOut.Length;
        Report = report;

        ChatDataset Read(RowReference[] rows)
            => new(new ChatSource(rows.Select(row => new ChatRow(store.Read(row)))) { Stage = "reading the mix", Before = report });
    }

    /// <summary>The mix without what is held out; may be read any number of times.</summary>
    public ChatDataset Training { get; }

    /// <summary>The rows that are held out for evaluation.</summary>
    public ChatDataset HeldOut { get; }

    /// <summary>The rows of <see cref="Training"/>.</summary>
    public int TrainingCount { get; }

    /// <summary>The rows of <see cref="HeldOut"/>.</summary>
    public int HeldOutCount { get; }

    /// <summary>The report on every row of every source.</summary>
    public DataReport Report { get; }

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();
}
