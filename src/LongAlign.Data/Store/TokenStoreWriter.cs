using LongAlign.Sequences;

namespace LongAlign.Data.Store;

/// <summary>
/// Writes a token store shard by shard. A run that was killed is gone on with: a new writer over the folder keeps the whole shards and says
/// how many sequences they hold.
/// </summary>
/// <remarks>For one thread. Memory stays below a few times <see cref="TokenStoreOptions.BatchTokens"/>, and 8 bytes a sequence of a shard.</remarks>
public sealed class TokenStoreWriter : IDisposable
{
    private readonly string _folder;
    private readonly TokenStoreOptions _options;
    private readonly FileStream _lock;
    private readonly DataReportBuilder _report = new("storing");
    private ShardWriter? _shard;
    private int _shards;
    private bool _isComplete;

    /// <summary>Begins a store, or resumes an unfinished one.</summary>
    /// <param name="folder">The store's folder; made where there is none.</param>
    /// <param name="options">The options; the defaults where null.</param>
    /// <exception cref="TokenStoreException">The store is finished, or a shard's index is damaged.</exception>
    /// <exception cref="IOException">Another writer is at work in the folder.</exception>
    public TokenStoreWriter(string folder, TokenStoreOptions? options = null)
    {
        _options = options ?? new TokenStoreOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.ShardTokens, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_options.ShardTokens, 1 << 27, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.BatchTokens, 1, nameof(options));
        _folder = folder;
        Directory.CreateDirectory(folder);
        if (File.Exists(Path.Combine(folder, StoreFiles.Manifest)))
        {
            throw new TokenStoreException($"{folder} is a finished token store; delete it to write another.");
        }

        _lock = new FileStream(Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        try
        {
            for (; File.Exists(StoreFiles.Index(folder, _shards)); _shards++)
            {
                Count(ShardIndex.Read(StoreFiles.Index(folder, _shards)));
            }
        }
        catch
        {
            _lock.Dispose();
            throw;
        }

        SequencesKept = _report.RowsIn;
    }

    /// <summary>Sequences in whole shards of earlier runs: the source's first ones, not to be given again.</summary>
    public long SequencesKept { get; }

    /// <summary>The sequences in whole shards, those of earlier runs included: all of them once the store is complete.</summary>
    public DataReport Report => _report.Build();

    /// <summary>Writes all of a store, going on where an earlier run ended.</summary>
    /// <param name="folder">The store's folder.</param>
    /// <param name="sequences">All sequences from the first; those in whole shards are checked against them by length and target count.</param>
    /// <param name="options">The options; the defaults where null.</param>
    /// <returns>The report of the stored sequences, those of earlier runs included; where the sequences are <see cref="StreamedSequences"/>, with the report of how they were made.</returns>
    /// <exception cref="TokenStoreException">The store is finished or damaged, or the sequences are not those of the earlier run.</exception>
    public static DataReport Write(string folder, IEnumerable<TokenSequence> sequences, TokenStoreOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        options ??= new TokenStoreOptions();
        using TokenStoreWriter writer = new(folder, options with { Origin = options.Origin ?? ((sequences as StreamedSequences)?.Makers is var (tokenizer, template) ? StoreOrigin.Of(tokenizer, template) : null) });
        using IEnumerator<TokenSequence> source = sequences.GetEnumerator();
        writer.Skip(source);
        while (source.MoveNext())
        {
            writer.Append(source.Current);
        }

        writer.Complete();
        return sequences is StreamedSequences streamed ? writer.Report.After(streamed.Report) : writer.Report;
    }

    /// <summary>Adds a sequence.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <exception cref="InvalidOperationException">The store is complete.</exception>
    public void Append(TokenSequence sequence)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        if (_isComplete)
        {
            throw new InvalidOperationException("The store is complete; no sequence can be added.");
        }

        _shard ??= new ShardWriter(_folder, _shards);
        _shard.Append(sequence.InputIds, sequence.Labels, sequence.TargetCount);
        if (_shard.Tokens >= _options.ShardTokens)
        {
            FinishShard();
        }
        else if (_shard.BatchTokens >= _options.BatchTokens)
        {
            _shard.WriteBatch();
        }
    }

    /// <summary>Finishes the last shard and the store; it can be opened from now on.</summary>
    /// <exception cref="InvalidOperationException">There is no sequence.</exception>
    public void Complete()
    {
        FinishShard();
        DataReport report = Report;
        if (report.RowsOut == 0)
        {
            throw new InvalidOperationException("The store has no sequence; expected at least one.");
        }

        new StoreManifest(StoreManifest.FormatName, 1, _shards, report.RowsOut, report.TokenCount, report.TargetCount, _options.Origin).Write(_folder);
        _isComplete = true;
    }

    /// <summary>Closes the files. A shard that is not whole is lost, and written again by the next run.</summary>
    public void Dispose()
    {
        _shard?.Dispose();
        _lock.Dispose();
    }

    private void Skip(IEnumerator<TokenSequence> source)
    {
        long number = 0;
        for (int shard = 0; shard < _shards; shard++)
        {
            ShardIndex index = ShardIndex.Read(StoreFiles.Index(_folder, shard));
            for (int i = 0; i < index.Lengths.Length; i++, number++)
            {
                if (!source.MoveNext() || source.Current.Length != index.Lengths.Span[i] || source.Current.TargetCount != index.TargetCounts.Span[i])
                {
                    throw new TokenStoreException($"{StoreFiles.Shard(_folder, shard)} has other sequences than are being written: they differ at number {number}. Delete the store to start over.");
                }
            }
        }
    }

    private void FinishShard()
    {
        if (_shard is not null)
        {
            Count(_shard.Finish());
            _shard = null;
            _shards++;
        }
    }

    private void Count(ShardIndex index)
    {
        for (int i = 0; i < index.Lengths.Length; i++)
        {
            _report.Keep(index.Lengths.Span[i], index.TargetCounts.Span[i]);
        }
    }
}
