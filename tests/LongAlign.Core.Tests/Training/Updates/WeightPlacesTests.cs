using CsCheck;
using LongAlign.Distributed;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training.Updates;

public sealed class WeightPlacesTests
{
    private static readonly Gen<int[][]> Pieces = Gen.Int[1, 6].Array[1, 3].Array[1, 12];

    [Fact]
    public void With_the_piece_in_use_it_is_no_more_than_the_largest_piece() => Pieces.Sample(
        sizes =>
        {
            using DisposeScope scope = NewDisposeScope();
            ParameterShard[][] pieces = Array.ConvertAll(sizes, piece => Array.ConvertAll(piece, Shard));
            WeightPlaces places = new();
            Array.ForEach(pieces, places.Expect);
            long largest = pieces.Max(WeightPlaces.BytesOf);
            foreach (ParameterShard[] piece in pieces)
            {
                (ParameterShard Shard, Tensor Place)[] taken = [.. places.Take(piece)];
                Assert.Equal(piece, taken.Select(one => one.Shard));
                Assert.All(taken, one => Assert.Equal(one.Shard.Size, one.Place.numel()));
                Assert.InRange(places.FreeBytes, 0, largest - WeightPlaces.BytesOf(piece));
                Array.ForEach(taken, one => places.GiveBack(one.Place));
                Assert.InRange(places.FreeBytes, WeightPlaces.BytesOf(piece), largest);
            }

            places.Clear();
            Assert.Equal(0, places.FreeBytes);
        },
        iter: 100,
        threads: 1);

    [Fact]
    public void A_piece_of_the_same_sizes_gets_the_memory_of_the_one_before()
    {
        using DisposeScope scope = NewDisposeScope();
        ParameterShard[] piece = [Shard(4), Shard(7)];
        WeightPlaces places = new();
        places.Expect(piece);
        Tensor[] first = [.. places.Take(piece).Select(taken => taken.Place)];
        Array.ForEach(first, places.GiveBack);
        Assert.All(first.Zip(places.Take([.. piece.Reverse()]).Reverse()), pair => Assert.Same(pair.First, pair.Second.Place));
    }

    private static ParameterShard Shard(int size) => new("w", new Parameter(zeros(size)), rank: 0, ranks: 1);
}
