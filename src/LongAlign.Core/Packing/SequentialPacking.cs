namespace LongAlign.Packing;

internal sealed class SequentialPacking : IPackingAlgorithm
{
    public string Name => "sequential";

    public PackingPlan Pack(ReadOnlySpan<int> lengths, int capacity, OverlongPolicy overlong, int maxSequencesPerPack)
    {
        PackingInput input = new(lengths, capacity, overlong, maxSequencesPerPack);
        int[] indices = new int[input.PlacedCount];
        List<int> starts = [];
        int placed = 0;
        int room = 0;
        long tokens = 0;
        for (int i = 0; i < input.Count; i++)
        {
            int length = input.LengthOf(i);
            if (length == 0)
            {
                continue;
            }

            if (length > room || placed - starts[^1] == maxSequencesPerPack)
            {
                starts.Add(placed);
                room = capacity;
            }

            room -= length;
            tokens += length;
            indices[placed++] = i;
        }

        return new PackingPlan(input, indices, [.. starts, placed], tokens);
    }
}
