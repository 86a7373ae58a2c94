using CsCheck;
using LongAlign.Packing;

namespace LongAlign.Core.Tests.Packing;

public sealed class BitSetTests
{
    [Fact]
    public void It_finds_what_a_sorted_set_finds() =>
        (from size in Gen.OneOf(Gen.Int[1, 20_000], Gen.OneOf(Gen.Const(64), Gen.Const(4_096), Gen.Const(262_144))) // the last fill whole levels
         from operations in Gen.Select(Gen.Int[0, size - 1], Gen.Bool).Array[0, 200]
         from starts in Gen.OneOf(Gen.Int[0, size - 1], Gen.Int[Math.Max(0, size - 70), size]).Array[20]
         select (size, operations, starts)).Sample(c =>
    {
        BitSet set = new(c.size);
        SortedSet<int> expected = [];
        foreach ((int value, bool isAdded) in c.operations)
        {
            if (isAdded)
            {
                set.Set(value);
                expected.Add(value);
            }
            else
            {
                set.Clear(value);
                expected.Remove(value);
            }

            Assert.Equal(isAdded, set.Contains(value));
        }

        foreach (int from in c.starts)
        {
            Assert.Equal(expected.GetViewBetween(from, int.MaxValue).Cast<int?>().FirstOrDefault() ?? -1, set.NextSet(from));
        }
    });
}
