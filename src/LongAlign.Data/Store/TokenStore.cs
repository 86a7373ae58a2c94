using LongAlign.Sequences;

namespace LongAlign.Data.Store;

/// <summary>
/// Token sequences on disk, far more than memory holds: lengths and target counts are in memory, tokens are read from mapped files when
/// their batch is due. The files <c>tokens-*.arrow</c> are Arrow streams with the columns <c>input_ids</c> and <c>labels</c>, which Python's
/// <c>datasets</c> opens as they are.
/// </summary>
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
    private readonly long[] _starts;
    private bool _isDisposed;

    private TokenStore(string folder, ShardIndex[] indices, int count)
    {
        _folder = folder;
        _indices = indices;
        _shards = [.. indices.Select((index, number) => new Lazy<ShardReader>(() => new ShardReader(StoreFiles.Shard(folder, number), index)))];
        _firsts = new int[indices.Length];
        _lengths = GC.AllocateUninitializedArray<int>(count);
        _targetCounts = GC.AllocateUninitializedArray<int>(count);
        _starts = GC.AllocateUninitializedArray<long>(count);
        int sequence = 0;
        for (int shard = 0; shard < indices.Length; shard++)
        {
            _firsts[shard] = sequence;
            indices[shard].Lengths.CopyTo(_lengths, sequence);
            indices[shard].TargetCounts.CopyTo(_targetCounts, sequence);
            long start = 0;
            foreach (int length in indices[shard].Lengths)
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

    /// <summary>Opens a finished store: reads its indices and checks that its shards are there and as long as they were; reads no token.</summary>
    /// <param name="folder">The store's folder.</param>
    /// <returns>The store; the caller owns it.</returns>
    /// <exception cref="TokenStoreException">The store is damaged, unfinished or none; the message names the file.</exception>
    public static TokenStore Open(string folder)
    {
        StoreManifest manifest = StoreManifest.Read(folder);
        List<ShardIndex> indices = [];
        long sequences = 0;
        for (int shard = 0; shard < manifest.Shards; shard++)
        {
            string path = StoreFiles.Index(folder, shard);
            if (!File.Exists(path))
            {
                throw new TokenStoreException($"{path} is missing; the store has {manifest.Shards} shards.");
            }

            ShardIndex index = ShardIndex.Read(path);
            FileInfo file = new(StoreFiles.Shard(folder, shard));
            if (!file.Exists || file.Length != index.ShardBytes)
            {
                throw new TokenStoreException($"{file.FullName} is {(file.Exists ? $"damaged: it has {file.Length} bytes" : "missing")}; expected {index.ShardBytes} bytes.");
            }

            indices.Add(index);
            sequences += index.Lengths.Length;
        }

        return sequences == manifest.Sequences && sequences is > 0 and <= int.MaxValue
            ? new TokenStore(folder, [.. indices], (int)sequences)
            : throw new TokenStoreException($"{folder} has {sequences} sequences in its shards; {StoreFiles.Manifest} says {manifest.Sequences}, and a store has 1 to {int.MaxValue}.");
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
    public int CountTargets(int index, int start, int length)
    {
        ReadOnlySpan<int> labels = Slice(index, start, length).Labels;
        return length - 1 - labels[1..].Count(TokenSequence.IgnoreIndex);
    }

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
