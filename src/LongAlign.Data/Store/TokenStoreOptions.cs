namespace LongAlign.Data.Store;

/// <summary>Options of <see cref="TokenStoreWriter"/>.</summary>
public sealed record TokenStoreOptions
{
    /// <summary>Gets the tokens at which a shard is full: 8 bytes each. A restarted run loses at most as many.</summary>
    /// <value>33,554,432 unless set (256 MiB), from 1 to 134,217,728. The sequence that fills a shard goes into it whole.</value>
    public int ShardTokens { get; init; } = 1 << 25;

    /// <summary>Gets the tokens at which an Arrow record batch is full; a writer holds as many in memory.</summary>
    /// <value>1,048,576 unless set, at least 1.</value>
    public int BatchTokens { get; init; } = 1 << 20;

    /// <summary>Gets the tokenizer and template that made the sequences, which the store keeps.</summary>
    /// <value>By default that of <see cref="StreamedSequences"/> where these are written, otherwise none.</value>
    public StoreOrigin? Origin { get; init; }
}
