using LongAlign.Sequences;

namespace LongAlign.Data.Store;

/// <summary>
/// Token sequences on disk, far more than memory holds: lengths and target counts are in memory, tokens are read from mapped files when
/// their batch is due. The files <c>tokens-*.arrow</c> are Arrow streams with the columns <c>input_ids</c> and <c>labels</c>, which Python's
/// <c>datasets</c> opens as they are.
/// </summary>
/// <example>
/// <code>
/// TokenStoreWriter.Write("store", sequences);    // killed and started again: resumes after the last whole shard
/// using TokenStore store = TokenStore.Open("store");    // an ISequenceDataset, for samplers, collators and the trainer
/// store.Verify();    // reads all of it; names a damaged shard
/// </code>
/// </example>
/// <remarks>
/// May be read from several threads; dispose it when none reads any more. A shard is mapped when it is first read. Its files must not be
/// changed meanwhile: a file cut short under a memory map ends the process.
/// </remarks>
public sealed class TokenStore : ISequenceDataset, IDisposable
{
    private readonly string _folder;
    private readonly ShardIndex[] _indices;
    private readonly Lazy<ShardReader>[] _shards;
    private readonly int[] _firsts;
    private readonly int[] _lengths;
    private readonly int[] _targetCounts;
    private readonly int[] _starts;
    private bool _isDisposed;

    private TokenStore(string folder, StoreOrigin? origin, ShardIndex[] indices, int[] lengths, int[] targetCounts)
    {
        _folder = folder;
        Origin = origin;
        _indices = indices;
        _lengths = lengths;
        _targetCounts = targetCounts;
        _shards = [.. indices.Select((index, number) => new Lazy<ShardReader>(() => new ShardReader(StoreFiles.Shard(folder, number), index)))];
        _firsts = new int[indices.Length];
        _starts = GC.AllocateUninitializedArray<int>(lengths.Length);
        int sequence = 0;
        for (int shard = 0; shard < indices.Length; shard++)
        {
            _firsts[shard] = sequence;
            int start = 0; // a shard has fewer than 2^31 bytes
            foreach (int length in indices[shard].Lengths.Span)
            {
                _starts[sequence++] = start;
                start += length;
            }
        }
    }

    /// <inheritdoc/>
    public int Count => _lengths.Length;

    /// <inheritdoc/>
    public ReadOnlySpan<int> Lengths => _lengths;

    /// <inheritdoc/>
    public ReadOnlySpan<int> TargetCounts => _targetCounts;

    /// <summary>Gets the tokenizer and template that made the store; null where it was written without.</summary>
    public StoreOrigin? Origin { get; }

    /// <summary>Opens a finished store: reads its indices and checks that its shards are there and as long as they were; reads no token.</summary>
    /// <param name="folder">The store's folder.</param>
    /// <returns>The store; the caller owns it.</returns>
    /// <exception cref="TokenStoreException">The store is damaged, unfinished or none; the message names the file.</exception>
    public static TokenStore Open(string folder)
    {
        StoreManifest manifest = StoreManifest.Read(folder);
        if (manifest.Sequences is < 1 or > int.MaxValue || manifest.Shards < 1)
        {
            throw new TokenStoreException($"{Path.Combine(folder, StoreFiles.Manifest)} says that there are {manifest.Sequences} sequences in {manifest.Shards} shards; expected 1 to {int.MaxValue}.");
        }

        List<ShardIndex> indices = [];
        int[]? lengths = null;
        int[]? targetCounts = null;
        int sequences = 0;
        for (int shard = 0; shard < manifest.Shards; shard++)
        {
            string path = StoreFiles.Index(folder, shard);
            if (!File.Exists(path))
            {
                throw new TokenStoreException($"{path} is missing; the store has {manifest.Shards} shards.");
            }

            ShardIndex index = ShardIndex.Read(path, count =>
            {
                if (count > manifest.Sequences - sequences)
                {
                    throw new TokenStoreException($"{path} has {count} sequences; {StoreFiles.Manifest} says {manifest.Sequences} of all shards, of which there were {sequences}.");
                }

                // Once a first index is there, the manifest's number is no mere claim.
                lengths ??= GC.AllocateUninitializedArray<int>((int)manifest.Sequences);
                targetCounts ??= GC.AllocateUninitializedArray<int>((int)manifest.Sequences);
                return (lengths.AsMemory(sequences, count), targetCounts.AsMemory(sequences, count));
            });
            FileInfo file = new(StoreFiles.Shard(folder, shard));
            if (!file.Exists || file.Length != index.ShardBytes)
            {
                throw new TokenStoreException($"{file.FullName} is {(file.Exists ? $"damaged: it has {file.Length} bytes" : "missing")}; expected {index.ShardBytes} bytes.");
            }

            indices.Add(index);
            sequences += index.Lengths.Length;
        }

        return sequences == manifest.Sequences
            ? new TokenStore(folder, manifest.Origin, [.. indices], lengths!, targetCounts!)
            : throw new TokenStoreException($"{folder} has {sequences} sequences in its shards; {StoreFiles.Manifest} says {manifest.Sequences}.");
    }

    /// <summary>Checks that a model has the tokenizer that made the store; nothing is checked where <see cref="Origin"/> is not known.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="TokenStoreException">It has another; the message names both.</exception>
    public void CheckTokenizer(ModelTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        Origin?.Check(_folder, tokenizer);
    }

    /// <summary>Reads every shard and compares it with its checksum.</summary>
    /// <exception cref="TokenStoreException">A shard is damaged; the message names the first one.</exception>
    public void Verify()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        for (int shard = 0; shard < _shards.Length; shard++)
        {
            if (Crc32C.Of(_shards[shard].Value.Bytes) != _indices[shard].ShardCrc)
            {
                throw new TokenStoreException($"{StoreFiles.Shard(_folder, shard)} is damaged: its checksum is wrong.");
            }
        }
    }

    /// <inheritdoc/>
    public int CountTargets(int index, int start, int length) => TargetTokens.Count(Slice(index, start, length).Labels);

    /// <inheritdoc/>
    /// <exception cref="TokenStoreException">The shard is damaged; the message names it.</exception>
    public void CopyTo(int index, int start, Span<long> inputIds, Span<long> labels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, inputIds.Length, nameof(labels));
        TokenSlice tokens = Slice(index, start, inputIds.Length);
        Widening.CopyTo(tokens.Ids, inputIds);
        Widening.CopyTo(tokens.Labels, labels);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        foreach (Lazy<ShardReader> shard in _shards)
        {
            if (shard.IsValueCreated)
            {
                shard.Value.Dispose();
            }
        }
    }

    private TokenSlice Slice(int index, int start, int length)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        if (start < 0 || length < 1 || start > _lengths[index] - length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(start), $"Tokens {start} to {(long)start + length - 1} of sequence {index} were asked for; it has {_lengths[index]}.");
        }

        int found = Array.BinarySearch(_firsts, index);
        ShardReader shard = _shards[found >= 0 ? found : ~found - 1].Value;
        return shard.Slice(_starts[index] + start, length);
    }
}
