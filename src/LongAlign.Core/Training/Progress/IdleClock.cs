namespace LongAlign.Training;

/// <summary>
/// The share of their time that ranks spend waiting, for batches and for each other: between two meetings, at which the sums of a step are
/// added up, everything but the wait for a batch is work, and the rest of the time is waiting.
/// </summary>
internal sealed class IdleClock(TimeProvider time)
{
    private long _lastMeeting = time.GetTimestamp();
    private TimeSpan _waitedBefore;

    /// <summary>The work of this rank since the last meeting, in seconds; to be asked right before the next.</summary>
    /// <param name="waited">The time that the run has waited for batches, up to now.</param>
    public double GetWork(TimeSpan waited)
    {
        TimeSpan work = time.GetElapsedTime(_lastMeeting) - (waited - _waitedBefore);
        _waitedBefore = waited;
        return work.TotalSeconds;
    }

    /// <summary>The share of waiting since the last meeting, from 0 to 1; to be asked right after this one.</summary>
    /// <param name="work">The work of all ranks.</param>
    /// <param name="ranks">Their number.</param>
    public double Meet(double work, int ranks)
    {
        double seconds = time.GetElapsedTime(_lastMeeting).TotalSeconds;
        _lastMeeting = time.GetTimestamp();
        return Math.Clamp(1 - (work / (ranks * seconds)), 0, 1);
    }
}
