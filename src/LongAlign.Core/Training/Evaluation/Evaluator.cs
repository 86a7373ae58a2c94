using System.Diagnostics;
using System.Runtime.InteropServices;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Packing;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>The loss on held-out sequences, in packs or padded rows and without gradients; training does not notice.</summary>
internal sealed class Evaluator
{
    private readonly ISequenceDataset _heldOut;
    private readonly SequenceTargets _targets;
    private readonly MicroBatch[] _batches;
    private readonly IBatchCollator _collator;

    /// <summary>Plans the batches.</summary>
    /// <param name="heldOut">The sequences.</param>
    /// <param name="limit">The limit to which longer sequences are cut, as in training.</param>
    /// <param name="options">How large batches are, and when to stop early.</param>
    /// <param name="isPadded">Whether the model takes padded rows and no packs.</param>
    public Evaluator(ISequenceDataset heldOut, LengthLimit limit, EvaluationOptions options, bool isPadded)
    {
        Options = options;
        int[] lengths = [.. heldOut.Lengths.ToArray().Select(length => limit.Slice(length).Length)];
        _heldOut = heldOut;
        _targets = SequenceTargets.FromDataset(heldOut, limit);
        _batches = [.. isPadded ? Rows(lengths, limit, options.Capacity) : Packs(lengths, limit, options.Capacity)];
        _collator = isPadded ? new PaddedBatchCollator(heldOut) : new PackedBatchCollator(heldOut);
    }

    /// <summary>Steps from one evaluation to the next.</summary>
    public required int Every { get; init; }

    public EvaluationOptions Options { get; }

    /// <summary>Evaluates the model as it is.</summary>
    public EvaluationReport Run(TrainerSetup setup, int step)
    {
        long began = Stopwatch.GetTimestamp();
        EvaluationSums sums = new();
        using (new UndisturbedTraining(setup.Module))
        using (no_grad())
        {
            foreach (MicroBatch microBatch in _batches)
            {
                Add(setup, microBatch, sums);
            }
        }

        return sums.ToReport(step, isByToken: setup.Loss is CrossEntropyLoss { Reduction: LossReduction.TokenMean }, Stopwatch.GetElapsedTime(began));
    }

    private static IEnumerable<MicroBatch> Packs(int[] lengths, LengthLimit limit, int capacity)
        => PackingAlgorithm.BestFitDecreasing.Pack(lengths, Math.Max(capacity, lengths.Max())).Select(pack => pack with { Limit = limit });

    /// <summary>Neighbours by length, so many that the rows with their padding fit.</summary>
    private static IEnumerable<MicroBatch> Rows(int[] lengths, LengthLimit limit, int capacity)
    {
        int[] order = [.. Enumerable.Range(0, lengths.Length).OrderBy(sequence => lengths[sequence])];
        int start = 0;
        for (int end = 1; end <= order.Length; end++)
        {
            if (end == order.Length || (long)(end + 1 - start) * lengths[order[end]] > capacity)
            {
                yield return new MicroBatch(order.AsMemory(start, end - start), limit);
                start = end;
            }
        }
    }

    private void Add(TrainerSetup setup, MicroBatch microBatch, EvaluationSums sums)
    {
        using DisposeScope scope = NewDisposeScope();
        using TrainingBatch batch = _collator.Collate(microBatch);
        if (batch.TargetCount == 0)
        {
            return;
        }

        VocabularyCheck.ThrowIfOutside(batch, microBatch, _heldOut, setup.Model.VocabularySize, "held-out ");
        batch.MoveTo(setup.Parameters[0].device);
        BatchTargets targets = BatchTargets.Of(batch);
        ReadOnlySpan<float> crossEntropies = MemoryMarshal.Cast<byte, float>(ModelLoss.Of(setup.Model, batch, targets).CrossEntropies.cpu().bytes);
        foreach (int sequence in microBatch.Indices.Span)
        {
            int count = _targets[sequence];
            if (count > 0)
            {
                sums.Add(microBatch.Limit.Slice(_heldOut.Lengths[sequence]).Length, crossEntropies[..count]);
                crossEntropies = crossEntropies[count..];
            }
        }
    }
}
