using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LongAlign.Packing;

namespace LongAlign.Batching;

/// <summary>128 bits of SHA-256, as text: tells whether a run continues with what it began with.</summary>
internal sealed class ContentHash : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public static string Of(ReadOnlySpan<int> first, ReadOnlySpan<int> second)
    {
        using ContentHash hash = new();
        hash.Add(first);
        hash.Add(second);
        return hash.Finish();
    }

    public static string Of(PackingPlan plan)
    {
        using ContentHash hash = new();
        for (int pack = 0; pack < plan.Count; pack++)
        {
            hash.Add(plan[pack].Indices.Span);
        }

        hash.Add([plan.Capacity, plan.Limit.CutLeft ? 1 : 0]);
        return hash.Finish();
    }

    /// <summary>Adds a row of numbers. Their count goes first, so that no two rows of numbers are the same bytes.</summary>
    public void Add(ReadOnlySpan<int> values)
    {
        int count = values.Length;
        AddBytes(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in count)));
        AddBytes(MemoryMarshal.AsBytes(values));
    }

    public void AddBytes(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    public string Finish() => Convert.ToHexString(_hash.GetHashAndReset().AsSpan(0, 16));

    public void Dispose() => _hash.Dispose();
}
