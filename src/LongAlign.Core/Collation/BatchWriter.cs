using System.Numerics;
using System.Runtime.InteropServices;
using LongAlign.Sequences;

namespace LongAlign.Collation;

/// <summary>Writes sequences straight into the memory of a batch's tensors, and counts what it writes.</summary>
internal ref struct BatchWriter
{
    private readonly ISequenceDataset _dataset;
    private readonly LengthLimit _limit;
    private readonly Span<long> _inputIds;
    private readonly Span<long> _labels;
    private readonly Span<long> _positionIds;
    private readonly Span<float> _lossWeights;
    private int _sequencesWithTarget;

    public BatchWriter(ISequenceDataset dataset, LengthLimit limit, BatchBuffers buffers)
    {
        _dataset = dataset;
        _limit = limit;
        _inputIds = buffers.InputIds;
        _labels = buffers.Labels;
        _positionIds = buffers.PositionIds;
        _lossWeights = buffers.LossWeights;
        Buffers = buffers;
    }

    public BatchBuffers Buffers { get; }

    public int SequenceCount { get; private set; }

    /// <summary>Tokens without padding.</summary>
    public int RealTokenCount { get; private set; }

    public int TargetCount { get; private set; }

    /// <summary>The totals of a step that is this batch alone.</summary>
    public readonly StepTotals OwnTotals => new(_sequencesWithTarget, 1, TargetCount);

    /// <summary>Writes one sequence, cut to the limit, and returns the position behind it.</summary>
    public int Write(int sequence, int position)
    {
        int length = _limit.Slice(_dataset.Lengths[sequence]).Length;
        int targets = TargetTokens.Write(
            _dataset, sequence, _limit, _inputIds.Slice(position, length), _labels.Slice(position, length), _lossWeights.Slice(position, length));
        FillPositions(_positionIds.Slice(position, length));
        SequenceCount++;
        RealTokenCount += length;
        TargetCount += targets;
        _sequencesWithTarget += targets > 0 ? 1 : 0;
        return position + length;
    }

    public readonly void Pad(int position, int count)
    {
        _inputIds.Slice(position, count).Clear();
        _labels.Slice(position, count).Fill(TokenSequence.IgnoreIndex);
        _positionIds.Slice(position, count).Clear();
        _lossWeights.Slice(position, count).Clear();
    }

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
}
