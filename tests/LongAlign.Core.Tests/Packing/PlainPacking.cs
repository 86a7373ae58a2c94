namespace LongAlign.Core.Tests.Packing;

/// <summary>The packing algorithms as a textbook has them: a list of packs, searched from the first to the last.</summary>
internal static class PlainPacking
{
    public static List<List<int>> NextFit(int[] lengths, int capacity)
        => Pack(Enumerable.Range(0, lengths.Length), lengths, capacity, (packs, length) => packs.Count > 0 && Room(packs[^1], lengths, capacity) >= length ? packs.Count - 1 : -1);

    public static List<List<int>> FirstFitDecreasing(int[] lengths, int capacity)
        => Pack(Decreasing(lengths), lengths, capacity, (packs, length) => packs.FindIndex(pack => Room(pack, lengths, capacity) >= length));

    public static List<List<int>> BestFitDecreasing(int[] lengths, int capacity)
        => Pack(Decreasing(lengths), lengths, capacity, (packs, length) => Enumerable.Range(0, packs.Count)
            .Where(pack => Room(packs[pack], lengths, capacity) >= length)
            .OrderBy(pack => Room(packs[pack], lengths, capacity))
            .DefaultIfEmpty(-1)
            .First());

    private static List<List<int>> Pack(IEnumerable<int> order, int[] lengths, int capacity, Func<List<List<int>>, int, int> choose)
    {
        List<List<int>> packs = [];
        foreach (int sequence in order)
        {
            int pack = choose(packs, lengths[sequence]);
            if (pack < 0)
            {
                pack = packs.Count;
                packs.Add([]);
            }

            packs[pack].Add(sequence);
        }

        return packs;
    }

    private static IEnumerable<int> Decreasing(int[] lengths) => Enumerable.Range(0, lengths.Length).OrderByDescending(i => lengths[i]);

    private static int Room(List<int> pack, int[] lengths, int capacity) => capacity - pack.Sum(i => lengths[i]);
}
