using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace LongAlign.Distributed;

/// <summary>The properties that must be the same on every rank, compared by hashes before a run begins.</summary>
internal static class RankTraits
{
    /// <summary>Compares texts with those of rank 0.</summary>
    /// <exception cref="ProcessGroupException">A rank has others; the message says which rank, and all that differs. Every rank throws.</exception>
    public static void ThrowIfDifferent(IProcessGroup group, IReadOnlyList<(string Name, string Text)> traits)
    {
        // The sum of rows that hold the own hashes in one place each and 0 elsewhere.
        long[] hashes = new long[group.WorldSize * traits.Count];
        for (int i = 0; i < traits.Count; i++)
        {
            hashes[(group.Rank * traits.Count) + i] = HashOf(traits[i].Text);
        }

        using Tensor all = tensor(hashes);
        group.AllReduceSum(all);
        hashes = all.data<long>().ToArray();

        List<string> differences = [];
        for (int rank = 1; rank < group.WorldSize; rank++)
        {
            string[] names = [.. traits.Where((_, i) => hashes[(rank * traits.Count) + i] != hashes[i]).Select(trait => trait.Name)];
            if (names.Length > 0)
            {
                differences.Add($"rank {rank} has {string.Join(" and ", names.Select(name => $"another {name}"))} than rank 0");
            }
        }

        if (differences.Count > 0)
        {
            throw new ProcessGroupException($"The ranks can't train together: {string.Join("; ", differences)}.");
        }
    }

    private static long HashOf(string text) => BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
