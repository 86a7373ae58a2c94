using System.Numerics;

namespace LongAlign.Packing;

/// <summary>First fit by a tournament tree: a node holds the most room of the packs below it.</summary>
internal sealed class FirstFitDecreasingPacking : IPackingAlgorithm
{
    public string Name => "first fit decreasing";

    public PackingPlan Pack(ReadOnlySpan<int> lengths, int capacity, OverlongPolicy overlong)
    {
        PackingInput input = PackingInput.Check(lengths, capacity, overlong);
        input.SortDescending();
        int[] packOf = new int[input.Order.Length];
        int packs = 0;

        // All packs but one are more than half full, so that no more than this many are opened. Empty packs stand at the end of
        // the row: the first with room is then an opened one, or the next to be opened.
        long atMost = Math.Min(packOf.Length, (2 * input.TokenCount / capacity) + 1);
        int leaves = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, atMost));
        int[] room = new int[2 * leaves];
        Array.Fill(room, capacity);
        for (int k = 0; k < packOf.Length; k++)
        {
            int length = input.LengthOf(input.Order[k]);
            int node = 1;
            while (node < leaves)
            {
                node *= 2;
                node += room[node] >= length ? 0 : 1;
            }

            packOf[k] = node - leaves;
            packs = Math.Max(packs, packOf[k] + 1);
            room[node] -= length;
            for (node /= 2; node > 0; node /= 2)
            {
                room[node] = Math.Max(room[2 * node], room[(2 * node) + 1]);
            }
        }

        return new PackingPlan(input, packOf, packs);
    }
}
