using System.Numerics;
using System.Runtime.InteropServices;

namespace LongAlign.Sequences;

/// <summary>The rule that selects the target tokens of a sequence and weighs them, for batches, token stores and exported files.</summary>
/// <remarks>
/// A target has a label and a predecessor in its own sequence. The first token has none: to predict it would look across the border to the sequence
/// before it. A sequence that is cut begins where its slice begins. Each of its N_i targets weighs 1/N_i, so that sequences count the same.
/// </remarks>
internal static class TargetTokens
{
    /// <summary>N_i of a sequence or slice with these labels, at least one.</summary>
    public static int Count(ReadOnlySpan<int> labels) => labels.Length - 1 - labels[1..].Count(TokenSequence.IgnoreIndex);

    /// <summary>N_i of a sequence that is cut to a limit.</summary>
    public static int Count(ISequenceDataset dataset, int sequence, LengthLimit limit)
    {
        int whole = dataset.Lengths[sequence];
        (int start, int length) = limit.Slice(whole);
        return length == whole ? dataset.TargetCounts[sequence] : dataset.CountTargets(sequence, start, length);
    }

    /// <summary>Copies a sequence that is cut to a limit, with labels on its targets alone and the weight of each. The spans are as long as what is left of it.</summary>
    /// <returns>N_i.</returns>
    public static int Write(ISequenceDataset dataset, int sequence, LengthLimit limit, Span<long> inputIds, Span<long> labels, Span<float> weights)
    {
        dataset.CopyTo(sequence, limit.Slice(dataset.Lengths[sequence]).Start, inputIds, labels);
        labels[0] = TokenSequence.IgnoreIndex;
        int targets = Count(dataset, sequence, limit);
        FillWeights(weights, labels, 1f / targets);
        return targets;
    }

    /// <summary>The weight on targets, 0 elsewhere, a vector at a time.</summary>
    private static void FillWeights(Span<float> weights, ReadOnlySpan<long> labels, float weight)
    {
        ref long from = ref MemoryMarshal.GetReference(labels);
        ref float to = ref MemoryMarshal.GetReference(weights);
        Vector<long> ignored = new(TokenSequence.IgnoreIndex);
        Vector<int> weightBits = Vector.AsVectorInt32(new Vector<float>(weight));
        int t = 0;
        for (; t <= labels.Length - Vector<float>.Count; t += Vector<float>.Count)
        {
            Vector<long> low = Vector.Equals(Vector.LoadUnsafe(ref from, (nuint)t), ignored);
            Vector<long> high = Vector.Equals(Vector.LoadUnsafe(ref from, (nuint)(t + Vector<long>.Count)), ignored);
            Vector.AsVectorSingle(Vector.AndNot(weightBits, Vector.Narrow(low, high))).StoreUnsafe(ref to, (nuint)t);
        }

        for (; t < labels.Length; t++)
        {
            weights[t] = labels[t] == TokenSequence.IgnoreIndex ? 0 : weight;
        }
    }
}
