using System.Numerics;
using System.Runtime.InteropServices;
using LongAlign.Sequences;

namespace LongAlign.Collation;

/// <summary>Writes sequences straight into the memory of a batch's tensors.</summary>
internal ref struct BatchWriter
{
    private readonly ISequenceDataset _dataset;
    private readonly LengthLimit _limit;
    private readonly Span<long> _inputIds;
    private readonly Span<long> _labels;
    private readonly Span<long> _positionIds;
    private readonly Span<float> _lossWeights;
    private BatchCounts _counts;

    public BatchWriter(ISequenceDataset dataset, LengthLimit limit, BatchBuffers buffers)
    {
        _dataset = dataset;
        _limit = limit;
        _inputIds = buffers.InputIds;
        _labels = buffers.Labels;
        _positionIds = buffers.PositionIds;
        _lossWeights = buffers.LossWeights;
    }

    public readonly BatchCounts Counts => _counts;

    /// <summary>Writes one sequence, cut to the limit, and returns the position behind it.</summary>
    public int Write(int sequence, int position)
    {
        (int start, int length) = _limit.Slice(_dataset.Lengths[sequence]);
        Span<long> labels = _labels.Slice(position, length);
        _dataset.CopyTo(sequence, start, _inputIds.Slice(position, length), labels);

        // The first token has no predecessor in its own sequence: predicting it would look across the border.
        labels[0] = TokenSequence.IgnoreIndex;
        int targets = length == _dataset.Lengths[sequence] ? _dataset.TargetCounts[sequence] : _dataset.CountTargets(sequence, start, length);
        FillPositions(_positionIds.Slice(position, length));
        FillWeights(_lossWeights.Slice(position, length), labels, 1f / targets);
        _counts = new BatchCounts(
            _counts.Sequences + 1, _counts.SequencesWithTarget + (targets > 0 ? 1 : 0), _counts.RealTokens + length, _counts.Targets + targets);
        return position + length;
    }

    public readonly void Pad(int position, int count)
    {
        _inputIds.Slice(position, count).Clear();
        _labels.Slice(position, count).Fill(TokenSequence.IgnoreIndex);
        _positionIds.Slice(position, count).Clear();
        _lossWeights.Slice(position, count).Clear();
    }

    /// <summary>The totals of a step that is this batch alone.</summary>
    public readonly StepTotals OwnTotals => new(_counts.SequencesWithTarget, 1, _counts.Targets);

    /// <summary>0, 1, 2, …, a vector at a time.</summary>
    private static void FillPositions(Span<long> positions)
    {
        ref long first = ref MemoryMarshal.GetReference(positions);
        Vector<long> next = Vector.CreateSequence(0L, 1L);
        Vector<long> step = new(Vector<long>.Count);
        int t = 0;
        for (; t <= positions.Length - Vector<long>.Count; t += Vector<long>.Count)
        {
            next.StoreUnsafe(ref first, (nuint)t);
            next += step;
        }

        for (; t < positions.Length; t++)
        {
            positions[t] = t;
        }
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
