namespace LongAlign.Data.Store;

/// <summary>Ids and labels in mapped memory; valid while the store is open.</summary>
internal readonly ref struct TokenSlice(ReadOnlySpan<int> ids, ReadOnlySpan<int> labels)
{
    public ReadOnlySpan<int> Ids { get; } = ids;

    public ReadOnlySpan<int> Labels { get; } = labels;
}
