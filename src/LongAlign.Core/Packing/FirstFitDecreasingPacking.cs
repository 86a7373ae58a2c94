using System.Numerics;

namespace LongAlign.Packing;

/// <summary>First fit by a tournament tree: a node holds the most room of the packs below it.</summary>
internal sealed class FirstFitDecreasingPacking : IPackingAlgorithm
{
    public string Name => "first fit decreasing";

    public PackingPlan Pack(ReadOnlySpan<int> lengths, int capacity, OverlongPolicy overlong, int maxSequencesPerPack)
    {
        PackingInput input = new(lengths, capacity, overlong, maxSequencesPerPack);
        LengthClasses classes = new(input);
        PackAssignment packs = new(classes);

        // All packs but one are more than half full or have all the sequences that they may have, so that no more than this many are
        // opened. Empty packs stand at the end of the row: the first with room is then an opened one, or the next to be opened.
        long atMost = Math.Min(input.PlacedCount, (2 * classes.TokenCount / capacity) + (input.PlacedCount / maxSequencesPerPack) + 1);
        int leaves = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, atMost));
        int[] rooms = new int[2 * leaves];
        Array.Fill(rooms, capacity);
        int placed = 0;
        for (int length = capacity; length > 0; length--)
        {
            int end = classes.EndOf(length);
            while (placed < end)
            {
                int node = 1;
                while (node < leaves)
                {
                    node *= 2;
                    node += rooms[node] >= length ? 0 : 1;
                }

                int pack = node - leaves;
                if (pack == packs.Count)
                {
                    packs.Open();
                }

                // No pack before it has room for this length: it takes all that fit.
                int taken = Math.Min(Math.Min(rooms[node] / length, end - placed), maxSequencesPerPack - packs.SizeOf(pack));
                packs.Assign(placed, taken, pack);
                placed += taken;
                rooms[node] = packs.SizeOf(pack) == maxSequencesPerPack ? 0 : rooms[node] - (taken * length);
                for (node /= 2; node > 0; node /= 2)
                {
                    rooms[node] = Math.Max(rooms[2 * node], rooms[(2 * node) + 1]);
                }
            }
        }

        return packs.ToPlan(input);
    }
}
