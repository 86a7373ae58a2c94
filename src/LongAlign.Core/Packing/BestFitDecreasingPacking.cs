namespace LongAlign.Packing;

/// <summary>Best fit by room: for each number of tokens a list of the open packs with just that room, and a bitmap of the lists that are not empty.</summary>
internal sealed class BestFitDecreasingPacking : IPackingAlgorithm
{
    private const int None = -1;

    public string Name => "best fit decreasing";

    public PackingPlan Pack(ReadOnlySpan<int> lengths, int capacity, OverlongPolicy overlong, int maxSequencesPerPack)
    {
        PackingInput input = new(lengths, capacity, overlong, maxSequencesPerPack);
        LengthClasses classes = new(input);
        PackAssignment packs = new(classes);
        int[] firstPack = new int[capacity + 1];
        int[] nextPack = new int[64];
        BitSet rooms = new(capacity + 1);
        int placed = 0;
        for (int length = capacity; length > 0; length--)
        {
            int end = classes.EndOf(length);
            while (placed < end)
            {
                int room = rooms.NextSet(length);
                int pack;
                if (room == None)
                {
                    pack = packs.Open();
                    room = capacity;
                    if (pack == nextPack.Length)
                    {
                        Array.Resize(ref nextPack, 2 * pack);
                    }
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

                // With one of this length the pack is the fullest that has room for another: it takes all that fit.
                int fitting = room < 2 * length ? 1 : room / length;
                int taken = Math.Min(Math.Min(fitting, end - placed), maxSequencesPerPack - packs.SizeOf(pack));
                packs.Assign(placed, taken, pack);
                placed += taken;
                room -= taken * length;
                if (room > 0 && packs.SizeOf(pack) < maxSequencesPerPack)
                {
                    nextPack[pack] = rooms.Contains(room) ? firstPack[room] : None;
                    firstPack[room] = pack;
                    rooms.Set(room);
                }
            }
        }

        return packs.ToPlan(input);
    }
}
