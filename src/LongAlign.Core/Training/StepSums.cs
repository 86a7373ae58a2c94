using LongAlign.Collation;
using LongAlign.Distributed;

namespace LongAlign.Training;

/// <summary>The sums over the micro-batches of a step: on this rank, and after <see cref="AddUp"/> over all ranks.</summary>
internal sealed class StepSums(int metrics)
{
    /// <summary>As many go into one vote, with the other numbers.</summary>
    public const int MaxMetrics = 16;

    private readonly double[] _metrics = new double[metrics];

    public double Loss { get; private set; }

    /// <summary>The sums of the loss's metrics, in its order.</summary>
    public IReadOnlyList<double> Metrics => _metrics;

    /// <summary>Seconds of work (<see cref="IdleClock"/>).</summary>
    public double Work { get; set; }

    /// <summary>Whether a rank has left micro-batches out because the run is cancelled: then no rank takes the step.</summary>
    public bool IsCancelled { get; set; }

    public long Tokens { get; private set; }

    public long PaddingTokens { get; private set; }

    public long TargetTokens { get; private set; }

    public long Sequences { get; private set; }

    /// <summary>Counts a micro-batch, once where ranks share it.</summary>
    public void Add(TrainingBatch batch)
    {
        if (batch.Layout.Part is { Index: > 0 })
        {
            return;
        }

        Tokens += batch.RealTokenCount;
        PaddingTokens += batch.TokenCount - batch.RealTokenCount;
        TargetTokens += batch.TargetCount;
        Sequences += batch.SequenceCount;
    }

    /// <summary>Adds the shares of a micro-batch.</summary>
    /// <param name="shares">The loss, then its metrics.</param>
    public void Add(ReadOnlySpan<float> shares)
    {
        Loss += shares[0];
        for (int i = 0; i < _metrics.Length; i++)
        {
            _metrics[i] += shares[i + 1];
        }
    }

    /// <summary>Counts are exact in a double up to 2^53.</summary>
    public void AddUp(RankVote vote)
    {
        double[] sums = [Loss, Tokens, PaddingTokens, TargetTokens, Sequences, Work, IsCancelled ? 1 : 0, .. _metrics];
        vote.AddUp(sums);
        (Loss, Work, IsCancelled) = (sums[0], sums[5], sums[6] > 0);
        (Tokens, PaddingTokens, TargetTokens, Sequences) = ((long)sums[1], (long)sums[2], (long)sums[3], (long)sums[4]);
        sums.AsSpan(7).CopyTo(_metrics);
    }
}
