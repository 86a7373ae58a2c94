namespace LongAlign.Data;

/// <summary>Rows in the order of a mix.</summary>
internal sealed class MixedSource(RowStore store, RowReference[] rows, DataReport report) : ChatSource
{
    public override string Stage => "reading the mix";

    public override DataReport Before => report;

    public override IEnumerable<ChatRow> Read() => rows.Select(row => new ChatRow(store.Read(row)));
}
