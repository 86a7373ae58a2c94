using CsCheck;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests;

/// <summary>Generators of input for property tests.</summary>
internal static class Any
{
    /// <summary>Long-tailed lengths: most short, some up to the capacity.</summary>
    public static Gen<(int[] Lengths, int Capacity)> Lengths(int maxSequences = 200, int maxCapacity = 300) =>
        from capacity in Gen.Int[1, maxCapacity]
        from lengths in Gen.Frequency((4, Gen.Int[1, (capacity + 9) / 10]), (1, Gen.Int[1, capacity])).Array[1, maxSequences]
        select (lengths, capacity);

    public static Gen<TokenSequence> Sequence(int maxLength = 12, int vocabulary = 50) =>
        from length in Gen.Int[1, maxLength]
        from ids in Gen.Int[0, vocabulary - 1].Array[length]
        from isTarget in Gen.Bool.Array[length]
        select new TokenSequence(ids, [.. ids.Select((id, t) => isTarget[t] ? id : TokenSequence.IgnoreIndex)]);

    public static Gen<InMemoryDataset> Dataset(int maxSequences = 20, int maxLength = 12) =>
        Sequence(maxLength).Array[1, maxSequences].Select(sequences => new InMemoryDataset(sequences));
}
