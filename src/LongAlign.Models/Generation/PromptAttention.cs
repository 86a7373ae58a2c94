using LongAlign.Attention;
using LongAlign.Collation;
using LongAlign.Models.Decoders;
using static TorchSharp.torch;

namespace LongAlign.Models.Generation;

/// <summary>Prompts in one pack: each attends to itself, and its keys and values go into its cache.</summary>
internal sealed class PromptAttention(PackLayout layout, IReadOnlyList<SequenceCache> caches) : IAttention
{
    public Tensor Attend(int layer, Tensor query, Tensor key, Tensor value, AttentionOptions options)
    {
        for (int i = 0; i < caches.Count; i++)
        {
            using Tensor keys = key.narrow(0, layout.CuSeqLens[i], layout.GetLength(i));
            using Tensor values = value.narrow(0, layout.CuSeqLens[i], layout.GetLength(i));
            caches[i].Append(layer, keys, values);
        }

        return BlockDiagonalAttention.Forward(query, key, value, layout, options);
    }
}
