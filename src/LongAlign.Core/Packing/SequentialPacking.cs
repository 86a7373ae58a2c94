namespace LongAlign.Packing;

internal sealed class SequentialPacking : IPackingAlgorithm
{
    public string Name => "sequential";

    public PackingPlan Pack(ReadOnlySpan<int> lengths, int capacity, OverlongPolicy overlong)
    {
        PackingInput input = PackingInput.Check(lengths, capacity, overlong);
        int[] packOf = new int[input.Order.Length];
        int packs = 0;
        int room = 0;
        for (int k = 0; k < packOf.Length; k++)
        {
            int length = input.LengthOf(input.Order[k]);
            if (length > room)
            {
                packs++;
                room = capacity;
            }

            room -= length;
            packOf[k] = packs - 1;
        }

        return new PackingPlan(input, packOf, packs);
    }
}
