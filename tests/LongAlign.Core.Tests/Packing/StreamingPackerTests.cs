using CsCheck;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Packing;

public sealed class StreamingPackerTests
{
    private static Gen<(int[] Lengths, int Capacity, int MaxSequences, StreamingPacker Packer)> Inputs =>
        from lengths in Any.Lengths()
        from window in Gen.Int[1, 50]
        from cap in Gen.OneOf(Gen.Const(int.MaxValue), Gen.Int[1, 5])
        select (lengths.Lengths, lengths.Capacity, cap, new StreamingPacker(lengths.Capacity, window) { MaxSequencesPerPack = cap });

    [Fact]
    public void Every_item_is_in_one_pack_within_capacity_and_cap() => Inputs.Sample(c =>
    {
        IReadOnlyList<int>[] packs = [.. c.Packer.Pack(Enumerable.Range(0, c.Lengths.Length), i => c.Lengths[i])];
        Assert.Equal(Enumerable.Range(0, c.Lengths.Length), packs.SelectMany(pack => pack).Order());
        Assert.All(packs, pack => Assert.InRange(pack.Sum(i => c.Lengths[i]), 1, c.Capacity));
        Assert.All(packs, pack => Assert.InRange(pack.Count, 1, c.MaxSequences));
    });

    [Fact]
    public void No_more_items_are_held_than_the_window_has() => Inputs.Sample(c =>
    {
        int read = 0;
        int packed = 0;
        foreach (IReadOnlyList<int> pack in c.Packer.Pack(Enumerable.Range(0, c.Lengths.Length).Select(i => read++), i => c.Lengths[i]))
        {
            Assert.InRange(read - packed, 0, c.Packer.Window);
            packed += pack.Count;
        }
    });

    [Fact]
    public void A_pack_leaves_only_when_the_window_is_full_or_the_stream_has_ended() => Inputs.Sample(c =>
    {
        int read = 0;
        int packed = 0;
        foreach (IReadOnlyList<int> pack in c.Packer.Pack(Enumerable.Range(0, c.Lengths.Length).Select(i => read++), i => c.Lengths[i]))
        {
            Assert.True(read == c.Lengths.Length || read - packed == c.Packer.Window, $"{read} of {c.Lengths.Length} items were read, {packed} packed.");
            packed += pack.Count;
        }
    });

    [Fact]
    public void An_item_may_fill_a_pack()
    {
        List<int> leftOut = [];
        Assert.Equal([[8], [7, 1]], new StreamingPacker(8).Pack([7, 8, 1, 9], length => length, leftOut.Add));
        Assert.Equal([9], leftOut);
        Assert.Equal([[8]], new StreamingPacker(8).Pack([8], length => length));
    }

    [Fact]
    public async Task An_asynchronous_stream_gives_the_same_packs()
    {
        int[] lengths = LongTailed(2_000);
        StreamingPacker packer = new(65_536, window: 100);
        List<IReadOnlyList<int>> packs = [];
        await foreach (IReadOnlyList<int> pack in packer.PackAsync(lengths.ToAsyncEnumerable(), length => length))
        {
            packs.Add(pack);
        }

        Assert.Equal(packer.Pack(lengths, length => length), packs);
    }

    [Theory]
    [InlineData(1_000, 0.95)]
    [InlineData(10_000, 0.98)]
    public void On_long_tailed_lengths_packs_are_nearly_full(int window, double atLeast)
    {
        int[] lengths = LongTailed(50_000);
        int packs = new StreamingPacker(65_536, window).Pack(lengths, length => length).Count();
        Assert.True(lengths.Sum(length => (long)length) / (packs * 65_536.0) > atLeast);
    }

    [Fact]
    public void Items_that_are_too_long_are_an_error_or_handed_over()
    {
        StreamingPacker packer = new(10, window: 2);
        Assert.Contains("Item 1 of the stream has 11 tokens; expected from 1 to 10", Fault([3, 11, 4]), StringComparison.Ordinal);
        Assert.Contains("Item 2 of the stream has 0 tokens", Fault([3, 1, 0]), StringComparison.Ordinal);
        List<int> leftOut = [];
        Assert.Equal(7, packer.Pack([3, 11, 4, 12], length => length, leftOut.Add).Sum(pack => pack.Sum()));
        Assert.Equal([11, 12], leftOut);

        string Fault(int[] lengths) => Assert.Throws<InvalidDataException>(() => packer.Pack(lengths, length => length).Count()).Message;
    }

    [Fact]
    public async Task Cancelling_ends_an_asynchronous_stream()
    {
        using CancellationTokenSource source = new();
        StreamingPacker packer = new(10, window: 1);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (IReadOnlyList<int> pack in packer.PackAsync(Enumerable.Repeat(7, 100).ToAsyncEnumerable(), length => length, cancellationToken: source.Token))
            {
                await source.CancelAsync();
            }
        });
    }

    [Fact]
    public async Task Cancelling_ends_packs_that_are_left_when_the_stream_has_ended()
    {
        using CancellationTokenSource source = new();
        int packs = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (IReadOnlyList<int> pack in new StreamingPacker(10, window: 100).PackAsync(Enumerable.Repeat(7, 20).ToAsyncEnumerable(), length => length, cancellationToken: source.Token))
            {
                packs++;
                await source.CancelAsync();
            }
        });
        Assert.Equal(1, packs);
    }

    [Fact]
    public void Bad_numbers_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new StreamingPacker(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StreamingPacker(PackingAlgorithm.MaxCapacity + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StreamingPacker(8, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StreamingPacker(8) { MaxSequencesPerPack = 0 });
        Assert.Throws<ArgumentNullException>(() => new StreamingPacker(8).Pack<int>(null!, length => length));
        Assert.Throws<ArgumentNullException>(() => new StreamingPacker(8).Pack([1], null!));
        Assert.Throws<ArgumentNullException>(() => new StreamingPacker(8).PackAsync<int>(null!, length => length));
        Assert.Throws<ArgumentNullException>(() => new StreamingPacker(8).PackAsync(AsyncEnumerable.Empty<int>(), null!));
    }

    private static int[] LongTailed(int count)
    {
        SeededRandom random = new(4);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(10) == 0 ? 8_192 + random.Next(57_345) : 1 + random.Next(4_000))];
    }
}
