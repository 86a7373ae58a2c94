namespace LongAlign.Packing;

/// <summary>Best fit: open packs by their room.</summary>
internal sealed class BestFitDecreasingPacking : IPackingAlgorithm
{
    public string Name => "best fit decreasing";

    public PackingPlan Pack(ReadOnlySpan<int> lengths, int capacity, OverlongPolicy overlong, int maxSequencesPerPack)
    {
        PackingInput input = new(lengths, capacity, overlong, maxSequencesPerPack);
        LengthClasses classes = new(input);
        PackAssignment packs = new(classes);
        OpenPacks byRoom = new(capacity);
        int placed = 0;
        for (int length = capacity; length > 0; length--)
        {
            int end = classes.EndOf(length);
            while (placed < end)
            {
                int room = byRoom.NextKey(length);
                int pack = room < 0 ? packs.Open() : byRoom.Pop(room);
                room = room < 0 ? capacity : room;

                // With one of this length the pack is the fullest that has room for another: it takes all that fit.
                int fitting = room < 2 * length ? 1 : room / length;
                int taken = Math.Min(Math.Min(fitting, end - placed), maxSequencesPerPack - packs.SizeOf(pack));
                packs.Assign(placed, taken, pack);
                placed += taken;
                room -= taken * length;
                if (room > 0 && packs.SizeOf(pack) < maxSequencesPerPack)
                {
                    byRoom.Push(room, pack);
                }
            }
        }

        return packs.ToPlan(input);
    }
}
