using CsCheck;
using LongAlign.Distributed;
using LongAlign.Native;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training.Updates;

public sealed class PieceMemoryTests
{
    /// <summary>Numbers of the parameters of some pieces, and for each piece whether it is put away before the next is taken.</summary>
    private static readonly Gen<((int Size, bool IsWide)[] Sizes, bool IsFreed)[]> Pieces
        = Gen.Select(Gen.Select(Gen.Int[0, 200], Gen.Bool).Array[1, 4], Gen.Bool).Array[1, 12];

    [Fact]
    public void Pieces_in_use_keep_their_numbers() => Pieces.Sample(
        cases =>
        {
            using DisposeScope scope = NewDisposeScope();
            PieceMemory memory = new();
            List<(ParameterShard Shard, Tensor Memory, int Number)> inUse = [];
            int next = 0;
            foreach (((int, bool)[] sizes, bool isFreed) in cases)
            {
                ParameterShard[] piece = [.. sizes.Select(Shard)];
                memory.Expect(piece);
                foreach ((ParameterShard shard, Tensor place) in memory.Take(piece).ToArray())
                {
                    Assert.Equal((shard.Size, shard.Whole.dtype), (place.numel(), place.dtype));
                    inUse.Add((shard, place.fill_(++next), next));
                }

                Assert.All(inUse, one => Assert.True(one.Memory.eq(one.Number).all().ToBoolean()));
                if (isFreed)
                {
                    inUse.ForEach(one => memory.Free(one.Shard));
                    inUse.Clear();
                }
            }

            memory.Clear();
        },
        iter: 200,
        threads: 1);

    [Fact]
    public void One_piece_after_the_other_has_the_same_memory()
    {
        using DisposeScope scope = NewDisposeScope();
        ParameterShard[] large = [Shard((70, true)), Shard((200, true))];
        ParameterShard[] small = [Shard((9, true))];
        PieceMemory memory = new();
        memory.Expect(small);
        memory.Expect(large);
        IntPtr[] first = AddressesOf(large);
        Assert.Equal(first[0], AddressesOf(small).Single());
        Assert.Equal(first, AddressesOf(large));
        memory.Clear();

        IntPtr[] AddressesOf(ParameterShard[] piece)
        {
            IntPtr[] addresses = [.. memory.Take(piece).Select(taken => Aten.DataPointer(taken.Memory))];
            Array.ForEach(piece, memory.Free);
            return addresses;
        }
    }

    private static ParameterShard Shard((int Size, bool IsWide) one)
        => new("w", new Parameter(zeros(one.Size, one.IsWide ? ScalarType.Float32 : ScalarType.BFloat16)), rank: 0, ranks: 1);
}
