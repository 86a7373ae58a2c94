namespace LongAlign.Core.Tests.Packing;

/// <summary>The packing algorithms as a textbook has them: a list of packs, searched from the first to the last.</summary>
internal static class PlainPacking
{
    public static List<List<int>> Pack(string name, int[] lengths, int capacity, int maxSequences)
    {
        IEnumerable<int> order = name == "sequential"
            ? Enumerable.Range(0, lengths.Length)
            : Enumerable.Range(0, lengths.Length).OrderByDescending(i => lengths[i]);
        List<List<int>> packs = [];
        foreach (int sequence in order)
        {
            IEnumerable<int> fitting = Enumerable.Range(0, packs.Count).Where(pack => packs[pack].Count < maxSequences && Room(packs[pack]) >= lengths[sequence]);
            int pack = name switch
            {
                "sequential" => fitting.Where(p => p == packs.Count - 1).DefaultIfEmpty(-1).First(),
                "first fit decreasing" => fitting.DefaultIfEmpty(-1).First(),
                "best fit decreasing" => fitting.OrderBy(p => Room(packs[p])).DefaultIfEmpty(-1).First(),
                _ => fitting.OrderByDescending(p => Room(packs[p])).DefaultIfEmpty(-1).First(),
            };
            if (pack < 0)
            {
                pack = packs.Count;
                packs.Add([]);
            }

            packs[pack].Add(sequence);
        }

        return packs;

        int Room(List<int> pack) => capacity - pack.Sum(i => lengths[i]);
    }
}
