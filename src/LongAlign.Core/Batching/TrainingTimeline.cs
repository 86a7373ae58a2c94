using System.Globalization;
using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>
/// An epoch played without a model: how long each rank works and waits, if a micro-batch takes as long as a cost function says. Ranks wait
/// for the slowest of them at the end of every round, which is a step or a micro-batch. Immutable.
/// </summary>
public sealed class TrainingTimeline
{
    private readonly double[] _busy;
    private readonly double[] _durations;
    private readonly double[] _idle;

    private TrainingTimeline(int ranks, List<double> busy, double work, EpochEvenness evenness)
    {
        RankCount = ranks;
        Evenness = evenness;
        _busy = [.. busy];
        _durations = new double[_busy.Length / ranks];
        _idle = new double[ranks];
        for (int round = 0; round < _durations.Length; round++)
        {
            ReadOnlySpan<double> own = _busy.AsSpan(round * ranks, ranks);
            foreach (double time in own)
            {
                _durations[round] = Math.Max(_durations[round], time);
            }

            for (int rank = 0; rank < ranks; rank++)
            {
                _idle[rank] += _durations[round] - own[rank];
            }
        }

        TotalTime = _durations.Sum();
        IdealTime = work / ranks;
    }

    /// <summary>The number of ranks.</summary>
    public int RankCount { get; }

    /// <summary>The number of times that ranks wait for each other.</summary>
    public int RoundCount => _durations.Length;

    /// <summary>The time of the epoch, in the cost function's unit: in every round, that of the slowest rank.</summary>
    public double TotalTime { get; }

    /// <summary>The time that no grouping can beat: all real work, divided by the ranks.</summary>
    public double IdealTime { get; }

    /// <summary><see cref="TotalTime"/> over <see cref="IdealTime"/>; 1 is the best there is.</summary>
    public double TimeOverIdeal => IdealTime > 0 ? TotalTime / IdealTime : 1;

    /// <summary>The time that each rank waits.</summary>
    public IReadOnlyList<double> IdleTimes => _idle;

    /// <summary>The share of waiting in the time of all ranks, from 0 to 1.</summary>
    public double IdleShare => TotalTime > 0 ? _idle.Sum() / (TotalTime * RankCount) : 0;

    /// <summary>The evenness of the weights that the epoch's sequences have in the loss.</summary>
    public EpochEvenness Evenness { get; }

    /// <summary>Plays an epoch.</summary>
    /// <param name="samplers">One for each rank, with the same options; anything that gives steps.</param>
    /// <param name="cost">The time that a micro-batch takes, padding included.</param>
    /// <param name="work">The part of <paramref name="cost"/> that no batching could spare; all of it if null.</param>
    /// <param name="synchronization">The points at which ranks wait for each other.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <returns>The epoch's timeline.</returns>
    /// <exception cref="ArgumentException">There is no sampler, their steps don't belong together, or a cost is negative or not finite; the message says where.</exception>
    public static TrainingTimeline Play(
        IReadOnlyList<IBatchSampler> samplers,
        Func<MicroBatch, double> cost,
        Func<MicroBatch, double>? work = null,
        RankSynchronization synchronization = RankSynchronization.EachStep,
        int epoch = 0)
    {
        ArgumentNullException.ThrowIfNull(samplers);
        ArgumentNullException.ThrowIfNull(cost);
        if (samplers.Count == 0)
        {
            throw new ArgumentException("There is no sampler; expected one for each rank.", nameof(samplers));
        }

        return Play(samplers.Count, Join(samplers, epoch), cost, work, synchronization);
    }

    /// <summary>Plays epoch 0 of all ranks of a sampler, whichever its own is.</summary>
    internal static TrainingTimeline Play(BatchSampler sampler, Func<MicroBatch, double> cost, Func<MicroBatch, double> work, RankSynchronization synchronization)
        => Play(sampler.WorldSize, sampler.GetStepsOfAllRanks(epoch: 0), cost, work, synchronization);

    private static TrainingTimeline Play(
        int ranks, IEnumerable<BatchStep[]> steps, Func<MicroBatch, double> cost, Func<MicroBatch, double>? work, RankSynchronization synchronization)
    {
        List<double> busy = [];
        List<int> stepSizes = [];
        double allWork = 0;
        foreach (BatchStep[] step in steps)
        {
            stepSizes.Add(step[0].Totals.SequenceCount);
            int rounds = synchronization == RankSynchronization.EachStep ? 1 : step.Max(own => own.MicroBatches.Count);
            int first = busy.Count;
            busy.AddRange(Enumerable.Repeat(0.0, rounds * ranks));
            for (int rank = 0; rank < ranks; rank++)
            {
                IReadOnlyList<MicroBatch> own = step[rank].MicroBatches;
                for (int i = 0; i < own.Count; i++)
                {
                    double time = Check(cost(own[i]), step[rank], rank);
                    busy[first + (Math.Min(i, rounds - 1) * ranks) + rank] += time;
                    allWork += work is null ? time : Check(work(own[i]), step[rank], rank);
                }
            }
        }

        return new TrainingTimeline(ranks, busy, allWork, new EpochEvenness(stepSizes));
    }

    /// <summary>The time that a rank works in a round.</summary>
    /// <param name="round">From 0 to <see cref="RoundCount"/> - 1.</param>
    /// <param name="rank">From 0 to <see cref="RankCount"/> - 1.</param>
    /// <returns>The time; from there to <see cref="GetDuration"/> the rank waits.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such round or rank.</exception>
    public double GetBusyTime(int round, int rank)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, RankCount);
        _ = GetDuration(round);
        return _busy[(round * RankCount) + rank];
    }

    /// <summary>The time of a round: that of its slowest rank.</summary>
    /// <param name="round">From 0 to <see cref="RoundCount"/> - 1.</param>
    /// <returns>The time.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such round.</exception>
    public double GetDuration(int round)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(round);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(round, RoundCount);
        return _durations[round];
    }

    /// <summary>One line for a report.</summary>
    /// <returns>Time over ideal, share of waiting and evenness.</returns>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{RankCount} ranks, {RoundCount:N0} rounds, {TimeOverIdeal:F3} x the ideal time, {IdleShare:P1} idle, evenness {Evenness.Share:P1}");

    /// <summary>The steps of samplers, one for each rank.</summary>
    private static IEnumerable<BatchStep[]> Join(IReadOnlyList<IBatchSampler> samplers, int epoch)
    {
        IEnumerator<BatchStep>[] ranks = [.. samplers.Select(sampler => sampler.GetSteps(epoch).GetEnumerator())];
        while (ranks.Count(rank => rank.MoveNext()) is var moved and > 0)
        {
            if (moved < ranks.Length)
            {
                throw new ArgumentException($"{moved} of {ranks.Length} samplers have another step; expected the same number of steps of all.", nameof(samplers));
            }

            BatchStep[] step = [.. ranks.Select(rank => rank.Current)];
            int other = Array.FindIndex(step, own => own.Totals != step[0].Totals);
            yield return other < 0
                ? step
                : throw new ArgumentException($"Step {step[0].Index} has {step[0].Totals} on rank 0 and {step[other].Totals} on rank {other}; expected the same on all.", nameof(samplers));
        }
    }

    private static double Check(double time, BatchStep step, int rank)
        => double.IsFinite(time) && time >= 0
            ? time
            : throw new ArgumentException($"A micro-batch of step {step.Index} on rank {rank} costs {time}; expected a finite number, not less than 0.", nameof(time));
}
