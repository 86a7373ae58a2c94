namespace LongAlign.Packing;

/// <summary>Best fit by room: for each number of tokens a list of the packs with just that room, and a bitmap of the lists that are not empty.</summary>
internal sealed class BestFitDecreasingPacking : IPackingAlgorithm
{
    private const int None = -1;

    public string Name => "best fit decreasing";

    public PackingPlan Pack(ReadOnlySpan<int> lengths, int capacity, OverlongPolicy overlong)
    {
        PackingInput input = PackingInput.Check(lengths, capacity, overlong);
        input.SortDescending();
        int[] packOf = new int[input.Order.Length];
        int[] nextPack = new int[input.Order.Length];
        int[] firstPack = new int[capacity + 1];
        BitSet rooms = new(capacity + 1);
        int packs = 0;
        for (int k = 0; k < packOf.Length; k++)
        {
            int length = input.LengthOf(input.Order[k]);
            int room = rooms.NextSet(length);
            int pack;
            if (room == None)
            {
                pack = packs++;
                room = capacity;
            }
            else
            {
                pack = firstPack[room];
                firstPack[room] = nextPack[pack];
                if (firstPack[room] == None)
                {
                    rooms.Clear(room);
                }
            }

            packOf[k] = pack;
            room -= length;
            if (room > 0)
            {
                nextPack[pack] = rooms.Contains(room) ? firstPack[room] : None;
                firstPack[room] = pack;
                rooms.Set(room);
            }
        }

        return new PackingPlan(input, packOf, packs);
    }
}
