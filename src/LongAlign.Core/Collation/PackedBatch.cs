using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Collation;

/// <summary>A pack: sequences laid one after another in tensors of shape [tokens].</summary>
/// <remarks>
/// Two sequences, <c>a</c> with a target on its last two tokens and <c>b</c> with one on its last:
/// <code>
/// InputIds      a0  a1  a2  b0  b1
/// Labels      -100  a1  a2 -100 b1
/// PositionIds    0   1   2   0   1
/// LossWeights    0  1/2 1/2  0   1
/// CuSeqLens      0           3       5
/// </code>
/// </remarks>
public sealed class PackedBatch : TrainingBatch
{
    internal PackedBatch(in BatchWriter written, PackLayout layout, StepTotals? totals)
        : base(written, [layout.TokenCount], layout, totals)
    {
    }

    /// <summary>Makes a pack of given sequences, for your own collator.</summary>
    /// <param name="sequences">At least one.</param>
    /// <param name="totals">The counts that the loss of the whole step is divided by; by default the pack is the whole step.</param>
    /// <returns>A batch on the CPU that the caller owns and disposes.</returns>
    /// <exception cref="ArgumentException">There is no sequence.</exception>
    public static PackedBatch Of(IEnumerable<TokenSequence> sequences, StepTotals? totals = null)
    {
        InMemoryDataset dataset = new(sequences);
        return new PackedBatchCollator(dataset).Collate(new MicroBatch(Enumerable.Range(0, dataset.Count).ToArray(), LengthLimit.None) { Totals = totals });
    }

    /// <summary>Prefix sums of the sequence lengths (FlashAttention's <c>cu_seqlens</c>), first 0; padding lies behind the last.</summary>
    public ReadOnlySpan<int> CuSeqLens => Layout.CuSeqLens;

    /// <summary>Tokens of the longest sequence.</summary>
    public int MaxSeqLen => Layout.MaxSeqLen;

    /// <summary>Leaves, of the tokens that a model reads, those of one of the ranks that share the pack; the pack is padded to a multiple of their number.</summary>
    internal void Share(int index, int count, IPartExchange exchange)
    {
        PackLayout layout = Layout.Share(index, count, exchange);
        PackPart part = layout.Part!;
        int padding = layout.TokenCount - Layout.TokenCount;
        InputIds = Padded(InputIds, 0, part);
        PositionIds = Padded(PositionIds, 0, part);
        Labels = Padded(Labels, TokenSequence.IgnoreIndex);
        LossWeights = Padded(LossWeights, 0);
        Layout = layout;

        Tensor Padded(Tensor whole, int value, PackPart? kept = null)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor padded = padding == 0 ? whole.alias() : nn.functional.pad(whole, [0, padding], value: value);
            whole.Dispose();
            return (kept is null ? padded : padded.narrow(0, kept.Start, kept.TokenCount)).DetachFromDisposeScope();
        }
    }
}
