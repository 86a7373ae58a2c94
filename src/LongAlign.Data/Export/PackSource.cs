using System.Globalization;
using LongAlign.Sequences;

namespace LongAlign.Data.Export;

/// <summary>Reads the sequences of packs, labelled and weighted as the trainer's batches are, without a tensor.</summary>
internal sealed class PackSource
{
    private readonly ISequenceDataset _dataset;

    /// <summary>Checks every pack by its lengths, before a file is begun.</summary>
    public PackSource(ISequenceDataset dataset, IReadOnlyList<MicroBatch> packs, int width = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(packs);
        _dataset = dataset;
        Packs = packs;
        if (packs.Count == 0)
        {
            throw new ArgumentException("There is no pack to export.", nameof(packs));
        }

        for (int pack = 0; pack < packs.Count; pack++)
        {
            long tokens = 0;
            foreach (int sequence in packs[pack].Indices.Span)
            {
                if ((uint)sequence >= (uint)dataset.Count)
                {
                    throw Fault(nameof(packs), pack, $"sequence {sequence}; the dataset has {dataset.Count}");
                }

                tokens += LengthOf(packs[pack], sequence);
            }

            if (tokens == 0 || tokens > width)
            {
                throw Fault(nameof(packs), pack, $"{tokens} tokens; expected 1 to {width}");
            }
        }
    }

    public IReadOnlyList<MicroBatch> Packs { get; }

    /// <summary>Tokens of a sequence, cut to its pack's limit.</summary>
    public int LengthOf(MicroBatch pack, int sequence) => pack.Limit.Slice(_dataset.Lengths[sequence]).Length;

    /// <summary>Writes a sequence to the start of the spans.</summary>
    /// <returns>Its length.</returns>
    public int Write(MicroBatch pack, int sequence, Span<long> inputIds, Span<long> labels, Span<float> lossWeights)
    {
        int length = LengthOf(pack, sequence);
        TargetTokens.Write(_dataset, sequence, pack.Limit, inputIds[..length], labels[..length], lossWeights[..length]);
        return length;
    }

    private static ArgumentException Fault(string parameter, int pack, FormattableString what)
        => new($"Pack {pack.ToString(CultureInfo.InvariantCulture)} has {what.ToString(CultureInfo.InvariantCulture)}.", parameter);
}
