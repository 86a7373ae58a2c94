using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LongAlign.Packing;

namespace LongAlign.Batching;

/// <summary>128 bits of SHA-256 over integers, as text: tells whether a run continues with what it began with.</summary>
internal static class ContentHash
{
    public static string Of(ReadOnlySpan<int> first, ReadOnlySpan<int> second)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, first);
        Append(hash, second);
        return Finish(hash);
    }

    public static string Of(PackingPlan plan)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int pack = 0; pack < plan.Count; pack++)
        {
            Append(hash, plan[pack].Indices.Span);
        }

        Append(hash, [plan.Capacity, plan.Limit.CutLeft ? 1 : 0]);
        return Finish(hash);
    }

    // The count goes first, so that no two rows of numbers are the same bytes.
    private static void Append(IncrementalHash hash, ReadOnlySpan<int> values)
    {
        int count = values.Length;
        hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in count)));
        hash.AppendData(MemoryMarshal.AsBytes(values));
    }

    private static string Finish(IncrementalHash hash) => Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, 16));
}
