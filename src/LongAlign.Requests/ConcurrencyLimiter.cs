namespace LongAlign.Requests;

/// <summary>
/// Calls at once: one more for each round of good replies, half as many when the provider is overloaded or replies of a stage take three
/// times as long as they did at their best. A pause that an overloaded provider asks for is one for all.
/// </summary>
internal sealed class ConcurrencyLimiter(int initial, int most, TimeProvider time)
{
    private const double Smoothing = 0.2;

    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private readonly Dictionary<string, (double Now, double Best)> _latencies = [];
    private double _limit = Math.Min(initial, most);
    private int _running;
    private int _cuts;
    private DateTimeOffset _pausedUntil;
    private bool _isReopening;

    public int Limit
    {
        get
        {
            lock (_lock)
            {
                return (int)_limit;
            }
        }
    }

    /// <summary>Waits for leave to call.</summary>
    /// <returns>The number of cuts so far, to be given back: calls begun before a cut say nothing about the time after it.</returns>
    public async Task<int> EnterAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _waiting.Enqueue(turn);
            Admit();
        }

        using (cancellationToken.Register(() => turn.TrySetCanceled(cancellationToken)))
        {
            await turn.Task.ConfigureAwait(false);
        }

        lock (_lock)
        {
            return _cuts;
        }
    }

    /// <summary>Ends a call that says nothing about the provider's load.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            LeaveCore();
        }
    }

    /// <summary>Ends a call that the provider turned away.</summary>
    /// <param name="cuts">The number that <see cref="EnterAsync"/> returned.</param>
    /// <param name="pause">Nobody is let in for so long, not even to the place that is now free.</param>
    public void LeaveOverloaded(int cuts, TimeSpan pause)
    {
        lock (_lock)
        {
            Cut(cuts);
            DateTimeOffset until = time.GetUtcNow() + pause;
            _pausedUntil = until > _pausedUntil ? until : _pausedUntil;
            LeaveCore();
        }
    }

    public void LeaveAnswered(int cuts, string stage, TimeSpan latency)
    {
        lock (_lock)
        {
            (double now, double best) = _latencies.GetValueOrDefault(stage, (latency.TotalSeconds, double.MaxValue));
            now += Smoothing * (latency.TotalSeconds - now);
            best = Math.Min(best, now);
            _latencies[stage] = (now, best);
            if (now > 3 * best)
            {
                Cut(cuts);
            }
            else if (now < 2 * best && _running >= (int)_limit)
            {
                _limit = Math.Min(most, _limit + (1 / _limit));
            }

            LeaveCore();
        }
    }

    private void Cut(int cuts)
    {
        if (cuts == _cuts)
        {
            _limit = Math.Max(1, _limit / 2);
            _cuts++;
        }
    }

    private void LeaveCore()
    {
        _running--;
        Admit();
    }

    private void Admit()
    {
        TimeSpan pause = _pausedUntil - time.GetUtcNow();
        if (pause > TimeSpan.Zero)
        {
            if (!_isReopening)
            {
                _ = ReopenAsync(pause);
            }

            return;
        }

        while (_running < (int)_limit && _waiting.TryDequeue(out TaskCompletionSource? turn))
        {
            // False where the wait was cancelled.
            _running += turn.TrySetResult() ? 1 : 0;
        }
    }

    private async Task ReopenAsync(TimeSpan pause)
    {
        _isReopening = true;
        await Task.Delay(pause, time).ConfigureAwait(false);
        lock (_lock)
        {
            _isReopening = false;
            Admit();
        }
    }
}
