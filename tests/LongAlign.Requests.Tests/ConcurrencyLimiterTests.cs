namespace LongAlign.Requests.Tests;

public class ConcurrencyLimiterTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_round_of_good_replies_allows_one_call_more_up_to_the_most()
    {
        ConcurrencyLimiter limiter = new(4, 6, TimeProvider.System);
        foreach (int expected in (int[])[5, 6, 6, 6])
        {
            await Round(limiter, Second);
            await Round(limiter, Second); // a limit of 4.9 is still 4
            Assert.Equal(expected, limiter.Limit);
        }
    }

    [Fact]
    public async Task Calls_turned_away_together_halve_the_limit_once()
    {
        ConcurrencyLimiter limiter = new(16, 16, TimeProvider.System);
        int[] cuts = await Enter(limiter, 16);
        Array.ForEach(cuts, cut => limiter.LeaveOverloaded(cut, TimeSpan.Zero));
        Assert.Equal(8, limiter.Limit);
        foreach (int expected in (int[])[4, 2, 1, 1])
        {
            limiter.LeaveOverloaded(await limiter.EnterAsync(default), TimeSpan.Zero);
            Assert.Equal(expected, limiter.Limit);
        }
    }

    [Fact]
    public async Task Replies_that_take_much_longer_than_at_best_lower_the_limit()
    {
        ConcurrencyLimiter limiter = new(8, 8, TimeProvider.System);
        await Round(limiter, Second);
        for (int round = 0; round < 5; round++)
        {
            await Round(limiter, 6 * Second);
        }

        Assert.InRange(limiter.Limit, 1, 4);
    }

    [Fact]
    public async Task No_more_calls_than_the_limit_run_and_cancelled_ones_leave_no_gap()
    {
        ConcurrencyLimiter limiter = new(1, 1, TimeProvider.System);
        await limiter.EnterAsync(default);
        using CancellationTokenSource cancellation = new();
        Task<int> cancelled = limiter.EnterAsync(cancellation.Token);
        Task<int> waiting = limiter.EnterAsync(default);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.False(waiting.IsCompleted);
        limiter.Leave();
        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Nobody_takes_the_place_of_a_call_that_was_told_to_wait_before_the_pause_is_over()
    {
        TimeSpan pause = TimeSpan.FromMilliseconds(200);
        ConcurrencyLimiter limiter = new(1, 1, TimeProvider.System);
        int cuts = await limiter.EnterAsync(default);
        Task<int> waiting = limiter.EnterAsync(default);
        long begin = TimeProvider.System.GetTimestamp();
        limiter.LeaveOverloaded(cuts, pause);
        Assert.False(waiting.IsCompleted);
        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.True(TimeProvider.System.GetElapsedTime(begin) > 0.9 * pause);
    }

    private static async Task<int[]> Enter(ConcurrencyLimiter limiter, int count)
        => await Task.WhenAll(Enumerable.Range(0, count).Select(_ => limiter.EnterAsync(default)));

    private static async Task Round(ConcurrencyLimiter limiter, TimeSpan latency)
    {
        // The last to leave is alone: a limit that is not used is not raised, so the others wait in line.
        int[] cuts = await Enter(limiter, limiter.Limit);
        Task<int>[] next = [.. cuts.Select(_ => limiter.EnterAsync(default))];
        Array.ForEach(cuts, cut => limiter.LeaveAnswered(cut, "stage", latency));
        foreach (Task<int> each in next)
        {
            await each;
            limiter.Leave();
        }
    }
}
