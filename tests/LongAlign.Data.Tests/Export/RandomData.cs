using LongAlign.Sequences;

namespace LongAlign.Data.Tests.Export;

internal static class RandomData
{
    /// <summary>Sequences of ids from 1 on; some without a target, some with one on every token.</summary>
    public static InMemoryDataset Dataset(int count, int longest)
    {
        Random random = new(1);
        return new(Enumerable.Range(0, count).Select(i =>
        {
            int[] ids = [.. Enumerable.Range(0, random.Next(1, longest + 1)).Select(_ => random.Next(1, 100_000))];
            double share = i % 5 == 0 ? 0 : i % 5 == 1 ? 1 : random.NextDouble();
            return new TokenSequence(ids, [.. ids.Select(id => random.NextDouble() < share ? id : TokenSequence.IgnoreIndex)]);
        }));
    }
}
