using LongAlign.Distributed;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>
/// Memory of the weights of a piece that was put away, for those of the next: fresh memory would cost a page fault every 4 KB, for every layer and pass. With the piece in use it is
/// no more than the largest piece has.
/// </summary>
internal sealed class WeightPlaces
{
    private readonly List<Tensor> _free = []; // the oldest first
    private long _largestPiece;

    /// <summary>Memory that is kept for the next piece.</summary>
    public long FreeBytes { get; private set; }

    public static long BytesOf(IEnumerable<ParameterShard> shards) => shards.Sum(shard => shard.Size * shard.Whole.element_size());

    /// <summary>There is a piece of these weights.</summary>
    public void Expect(IEnumerable<ParameterShard> piece) => _largestPiece = Math.Max(_largestPiece, BytesOf(piece));

    /// <summary>Gives each of some weights memory, which holds any numbers.</summary>
    public IEnumerable<(ParameterShard Shard, Tensor Place)> Take(ParameterShard[] shards)
    {
        Tensor?[] places = Array.ConvertAll(shards, Find);
        KeepAtMost(_largestPiece - BytesOf(shards));
        return shards.Zip(places, (shard, place) => (shard, place ?? empty(shard.Size, shard.Whole.dtype, shard.Whole.device)));
    }

    /// <summary>Takes over the memory of weights that are put away.</summary>
    /// <param name="place">[numbers].</param>
    public void GiveBack(Tensor place)
    {
        long bytes = place.numel() * place.element_size();
        if (bytes > _largestPiece)
        {
            place.Dispose();
            return;
        }

        KeepAtMost(_largestPiece - bytes);
        _free.Add(place);
        FreeBytes += bytes;
    }

    public void Clear() => KeepAtMost(0);

    private Tensor? Find(ParameterShard shard)
    {
        int index = _free.FindLastIndex(place => place.dtype == shard.Whole.dtype && place.numel() == shard.Size);
        return index < 0 ? null : RemoveAt(index);
    }

    private void KeepAtMost(long bytes)
    {
        while (_free is not [] && FreeBytes > bytes)
        {
            RemoveAt(0).Dispose();
        }
    }

    private Tensor RemoveAt(int index)
    {
        Tensor place = _free[index];
        _free.RemoveAt(index);
        FreeBytes -= place.numel() * place.element_size();
        return place;
    }
}
