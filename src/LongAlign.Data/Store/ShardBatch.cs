namespace LongAlign.Data.Store;

/// <summary>A record batch: where the numbers of its two columns lie in the shard's file.</summary>
internal readonly record struct ShardBatch(int Sequences, long IdsOffset, long LabelsOffset)
{
    /// <summary>Whether both columns lie within the file.</summary>
    public bool IsWithin(long shardBytes, ReadOnlySpan<int> lengths)
    {
        long bytes = 0;
        foreach (int length in lengths)
        {
            bytes += (long)sizeof(int) * length;
        }

        return Math.Min(IdsOffset, LabelsOffset) >= 0 && IdsOffset % sizeof(int) == 0 && LabelsOffset % sizeof(int) == 0
            && bytes <= int.MaxValue && Math.Max(IdsOffset, LabelsOffset) <= shardBytes - bytes;
    }
}
