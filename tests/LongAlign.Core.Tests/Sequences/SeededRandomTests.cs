using CsCheck;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Sequences;

public sealed class SeededRandomTests
{
    [Fact]
    public void It_is_splitmix64()
    {
        // The first outputs for seed 0 in the authors' C code.
        SeededRandom random = new(0);
        Assert.Equal(0xE220A8397B1DCDAFUL, random.NextUInt64());
        Assert.Equal(0x6E789E6AA1B965F4UL, random.NextUInt64());
        Assert.Equal(0x06C45D188009454FUL, random.NextUInt64());
    }

    [Fact]
    public void A_permutation_holds_every_number_once() => Gen.Select(Gen.ULong, Gen.Int[1, 500])
        .Sample((seed, count) => new SeededRandom(seed).Permutation(count).Order().SequenceEqual(Enumerable.Range(0, count)));

    [Fact]
    public void Every_number_is_as_likely_as_another()
    {
        SeededRandom random = new(3);
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++)
        {
            counts[random.Next(7)]++;
        }

        // 10,000 expected, standard deviation 93.
        Assert.All(counts, count => Assert.InRange(count, 9_500, 10_500));
    }

    [Fact]
    public void A_draw_that_would_favour_small_numbers_is_drawn_again()
    {
        const ulong FirstIsZero = unchecked(0 - 0x9E3779B97F4A7C15);
        Assert.Equal(0UL, new SeededRandom(FirstIsZero).NextUInt64());

        // 2^64 = 1 (mod 3): of the 2^64 draws one is too many. 2^64 = 0 (mod 4): none is.
        SeededRandom second = new(FirstIsZero);
        second.NextUInt64();
        Assert.Equal((int)Math.BigMul(second.NextUInt64(), 3, out _), new SeededRandom(FirstIsZero).Next(3));
        Assert.Equal(0, new SeededRandom(FirstIsZero).Next(4));
    }

    [Fact]
    public void Epochs_and_seeds_have_orders_of_their_own()
    {
        HashSet<string> orders = [];
        for (ulong seed = 0; seed < 10; seed++)
        {
            for (int epoch = 0; epoch < 10; epoch++)
            {
                orders.Add(string.Join(',', SeededRandom.ForEpoch(seed, epoch).Permutation(30)));
            }
        }

        Assert.Equal(100, orders.Count);
    }
}
