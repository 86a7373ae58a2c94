namespace LongAlign.Packing;

/// <summary>Shortest-pack-first (Krell et al. 2021, arXiv 2107.02027): open packs by their tokens.</summary>
internal sealed class ShortestPackFirstPacking : IPackingAlgorithm
{
    public string Name => "shortest pack first";

    public PackingPlan Pack(ReadOnlySpan<int> lengths, int capacity, OverlongPolicy overlong, int maxSequencesPerPack)
    {
        PackingInput input = new(lengths, capacity, overlong, maxSequencesPerPack);
        LengthClasses classes = new(input);
        PackAssignment packs = new(classes);
        OpenPacks byTokens = new(capacity);
        int placed = 0;
        for (int length = capacity; length > 0; length--)
        {
            int end = classes.EndOf(length);
            while (placed < end)
            {
                int tokens = byTokens.NextKey(0);
                bool fits = tokens >= 0 && tokens <= capacity - length;
                int pack = fits ? byTokens.Pop(tokens) : packs.Open();
                tokens = (fits ? tokens : 0) + length;
                packs.Assign(placed++, 1, pack);
                if (tokens < capacity && packs.SizeOf(pack) < maxSequencesPerPack)
                {
                    byTokens.Push(tokens, pack);
                }
            }
        }

        return packs.ToPlan(input);
    }
}
