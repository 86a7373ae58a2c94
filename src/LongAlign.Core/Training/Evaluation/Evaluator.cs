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

/// <summary>The loss on held-out sequences, in packs and without gradients; training does not notice.</summary>
internal sealed class Evaluator
{
    private readonly ISequenceDataset _heldOut;
    private readonly SequenceTargets _targets;
    private readonly MicroBatch[] _packs;
    private readonly PackedBatchCollator _collator;

    /// <summary>Plans the packs.</summary>
    /// <param name="heldOut">The sequences.</param>
    /// <param name="limit">How a sequence that is too long is cut, as in training.</param>
    /// <param name="capacity">The most tokens of a pack, unless a sequence has more.</param>
    public Evaluator(ISequenceDataset heldOut, LengthLimit limit, int capacity)
    {
        int[] lengths = [.. heldOut.Lengths.ToArray().Select(length => limit.Slice(length).Length)];
        PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(lengths, Math.Max(capacity, lengths.Max()));
        _heldOut = heldOut;
        _targets = SequenceTargets.FromDataset(heldOut, limit);
        _packs = [.. plan.Select(pack => pack with { Limit = limit })];
        _collator = new PackedBatchCollator(heldOut);
    }

    /// <summary>Evaluates the model as it is.</summary>
    public EvaluationReport Run(TrainerSetup setup, int step)
    {
        long began = Stopwatch.GetTimestamp();
        EvaluationSums total = new();
        LengthBuckets buckets = new();
        using (new UndisturbedTraining(setup.Module))
        using (no_grad())
        {
            foreach (MicroBatch pack in _packs)
            {
                Add(setup, pack, total, buckets);
            }
        }

        return new EvaluationReport
        {
            Step = step,
            Loss = setup.Loss is CrossEntropyLoss { Reduction: LossReduction.TokenMean } ? total.TokenLoss : total.SequenceLoss,
            SequenceLoss = total.SequenceLoss,
            TokenLoss = total.TokenLoss,
            Sequences = total.Sequences,
            TargetTokens = total.TargetTokens,
            Buckets = buckets.ToReport(),
            Duration = Stopwatch.GetElapsedTime(began),
        };
    }

    private void Add(TrainerSetup setup, MicroBatch pack, EvaluationSums total, LengthBuckets buckets)
    {
        using DisposeScope scope = NewDisposeScope();
        using PackedBatch batch = _collator.Collate(pack);
        if (batch.TargetCount == 0)
        {
            return;
        }

        VocabularyCheck.ThrowIfOutside(batch, pack, _heldOut, setup.Model.VocabularySize, "held-out ");
        batch.MoveTo(setup.Parameters[0].device);
        BatchTargets targets = BatchTargets.Of(batch);
        ReadOnlySpan<float> crossEntropies = MemoryMarshal.Cast<byte, float>(ModelLoss.Of(setup.Model, batch, targets).CrossEntropies.cpu().bytes);
        foreach (int sequence in pack.Indices.Span)
        {
            int count = _targets[sequence];
            if (count > 0)
            {
                total.Add(crossEntropies[..count]);
                buckets[pack.Limit.Slice(_heldOut.Lengths[sequence]).Length].Add(crossEntropies[..count]);
                crossEntropies = crossEntropies[count..];
            }
        }
    }
}
