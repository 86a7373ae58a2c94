using LongAlign.Collation;
using LongAlign.Distributed;

namespace LongAlign.Training;

/// <summary>What the micro-batches of a step add up to: on this rank, and after <see cref="AddUp"/> over all ranks.</summary>
internal sealed class StepSums
{
    public StepLoss Loss { get; set; }

    /// <summary>Seconds of work (<see cref="IdleClock"/>).</summary>
    public double Work { get; set; }

    /// <summary>Whether a rank has left micro-batches out because the run is cancelled: then no rank takes the step.</summary>
    public bool IsCancelled { get; set; }

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
        Span<double> sums = [Loss.Loss, Loss.PerSequence, Loss.PerToken, Tokens, PaddingTokens, TargetTokens, Sequences, Work, IsCancelled ? 1 : 0];
        vote.AddUp(sums);
        Loss = new StepLoss(sums[0], sums[1], sums[2]);
        (Tokens, PaddingTokens, TargetTokens, Sequences) = ((long)sums[3], (long)sums[4], (long)sums[5], (long)sums[6]);
        Work = sums[7];
        IsCancelled = sums[8] > 0;
    }
}
