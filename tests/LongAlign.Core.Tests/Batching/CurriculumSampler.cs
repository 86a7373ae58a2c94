using LongAlign.Batching;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Batching;

/// <summary>A sampler as a user writes it, by what is public and protected alone: short sequences first, so many to a rank and step.</summary>
public sealed class CurriculumSampler(ISequenceDataset dataset, int sequences, int maxLength = int.MaxValue, OverlongPolicy overlong = OverlongPolicy.Throw)
    : BatchSampler(dataset, seed: 0, maxLength, overlong)
{
    /// <summary>Hears of every step that is made.</summary>
    public Action<int>? Making { get; init; }

    /// <summary>Spoils a micro-batch.</summary>
    public Func<MicroBatch, MicroBatch> Spoil { get; init; } = ranked => ranked;

    public override int StepsPerEpoch => UnevenEnd == UnevenEnd.Drop ? Kept.Length / SequencesPerStep : (Kept.Length + SequencesPerStep - 1) / SequencesPerStep;

    protected override string Description => $"curriculum, {sequences} sequences";

    private int SequencesPerStep => sequences * WorldSize;

    protected override Func<int, IReadOnlyList<MicroBatch>> Arrange(int epoch)
    {
        int[] order = [.. Kept.ToArray().OrderBy(sequence => Lengths[sequence]).ThenBy(sequence => sequence)];
        return step =>
        {
            Making?.Invoke(step);
            return [.. order.Skip(step * SequencesPerStep).Take(SequencesPerStep).Chunk(sequences).Select((pack, rank) => Spoil(new MicroBatch(pack, Limit) { Rank = rank }))];
        };
    }
}
