using System.Runtime.InteropServices;
using LongAlign.Batching;
using LongAlign.Sequences;
using static TorchSharp.torch;

namespace LongAlign.Collation;

/// <summary>Allocates the tensors of a batch in the current dispose scope and writes sequences straight into their memory.</summary>
internal ref struct BatchWriter
{
    private readonly ISequenceDataset _dataset;
    private readonly LengthLimit _limit;
    private readonly BatchTensors _tensors;
    private readonly Span<long> _inputIds;
    private readonly Span<long> _labels;
    private readonly Span<long> _positionIds;
    private readonly Span<float> _lossWeights;
    private BatchCounts _counts;

    public BatchWriter(ISequenceDataset dataset, LengthLimit limit, params ReadOnlySpan<long> shape)
    {
        _dataset = dataset;
        _limit = limit;
        _tensors = new BatchTensors(
            empty(shape, ScalarType.Int64),
            empty(shape, ScalarType.Int64),
            empty(shape, ScalarType.Int64),
            empty(shape, ScalarType.Float32));
        _inputIds = MemoryMarshal.Cast<byte, long>(_tensors.InputIds.bytes);
        _labels = MemoryMarshal.Cast<byte, long>(_tensors.Labels.bytes);
        _positionIds = MemoryMarshal.Cast<byte, long>(_tensors.PositionIds.bytes);
        _lossWeights = MemoryMarshal.Cast<byte, float>(_tensors.LossWeights.bytes);
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
        int targets = length - labels.Count(TokenSequence.IgnoreIndex);
        float weight = 1f / targets;
        for (int t = 0; t < length; t++)
        {
            _positionIds[position + t] = t;
            _lossWeights[position + t] = labels[t] == TokenSequence.IgnoreIndex ? 0 : weight;
        }

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

    /// <summary>Hands the tensors over: no dispose scope ends them any more.</summary>
    public readonly BatchTensors TakeTensors() => new(
        _tensors.InputIds.DetachFromDisposeScope(),
        _tensors.Labels.DetachFromDisposeScope(),
        _tensors.PositionIds.DetachFromDisposeScope(),
        _tensors.LossWeights.DetachFromDisposeScope());

    /// <summary>The totals of a step that is this batch alone.</summary>
    public readonly StepTotals OwnTotals => new(_counts.SequencesWithTarget, 1, _counts.Targets);
}
