using LongAlign.Collation;
using LongAlign.Distributed;

namespace LongAlign.Training;

/// <summary>What the micro-batches of a step add up to: on this rank, and after <see cref="AddUp"/> over all ranks.</summary>
internal sealed class StepSums
{
    public double Loss { get; set; }

    public long Tokens { get; private set; }

    public long PaddingTokens { get; private set; }

    public long TargetTokens { get; private set; }

    public long Sequences { get; private set; }

    public void Add(TrainingBatch batch)
    {
        Tokens += batch.RealTokenCount;
        PaddingTokens += batch.TokenCount - batch.RealTokenCount;
        TargetTokens += batch.TargetCount;
        Sequences += batch.SequenceCount;
    }

    /// <summary>Counts are exact in a double up to 2^53.</summary>
    public void AddUp(RankVote vote)
    {
        Span<double> sums = [Loss, Tokens, PaddingTokens, TargetTokens, Sequences];
        vote.AddUp(sums);
        (Loss, Tokens, PaddingTokens, TargetTokens, Sequences) = (sums[0], (long)sums[1], (long)sums[2], (long)sums[3], (long)sums[4]);
    }
}
