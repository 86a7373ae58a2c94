using LongAlign.Training;

namespace LongAlign.Core.Tests.Training;

public sealed class IdleClockTests
{
    [Fact]
    public void One_rank_waits_for_batches_alone()
    {
        ManualTime time = new();
        IdleClock clock = new(time);
        time.Advance(10);
        Assert.Equal(0.4, clock.Meet(clock.GetWork(TimeSpan.FromSeconds(4)), ranks: 1), 1e-9);

        // The second step alone: 1 more second of waiting in 2.
        time.Advance(2);
        Assert.Equal(0.5, clock.Meet(clock.GetWork(TimeSpan.FromSeconds(5)), ranks: 1), 1e-9);
        time.Advance(3);
        Assert.Equal(0, clock.Meet(clock.GetWork(TimeSpan.FromSeconds(5)), ranks: 1), 1e-9);
    }

    /// <summary>Work of 8, 6 (and 1 waiting for its batch) and 4 seconds; all meet after 8: 24 seconds, of which 18 were work.</summary>
    [Fact]
    public void Ranks_wait_for_the_slowest()
    {
        ManualTime time = new();
        IdleClock fast = new(time);
        time.Advance(4);
        double work = fast.GetWork(TimeSpan.Zero);
        Assert.Equal(4, work, 1e-9);
        time.Advance(4);
        Assert.Equal(0.25, fast.Meet(work + 6 + 8, ranks: 3), 1e-9);
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _seconds;

        public void Advance(long seconds) => _seconds += seconds;
    }
}
