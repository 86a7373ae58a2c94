using LongAlign.Attention;
using LongAlign.Models.Decoders;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Generation;

/// <summary>One new token of each sequence: it attends to its own cache.</summary>
internal sealed class CachedAttention(IReadOnlyList<SequenceCache> caches) : IAttention
{
    public Tensor Attend(int layer, Tensor query, Tensor key, Tensor value, AttentionOptions options)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] attended = new Tensor[caches.Count];
        for (int i = 0; i < attended.Length; i++)
        {
            caches[i].Append(layer, key.narrow(0, i, 1), value.narrow(0, i, 1));
            attended[i] = caches[i].Attend(layer, query[i], options);
        }

        return (attended is [Tensor one] ? one : cat(attended, 0)).MoveToOuterDisposeScope();
    }
}
