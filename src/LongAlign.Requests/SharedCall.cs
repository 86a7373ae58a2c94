namespace LongAlign.Requests;

/// <summary>A call that several callers may wait for. It is given up once all of them have given up, and not before.</summary>
internal sealed class SharedCall : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<CancellationToken> _callers = [];
    private readonly CancellationTokenSource _givingUp = new();
    private readonly Lazy<Task<RequestOutcome>> _outcome;
    private bool _isGivenUp;

    /// <param name="ask">Makes the call; runs once, when the first caller waits.</param>
    public SharedCall(Func<SharedCall, Task<RequestOutcome>> ask) => _outcome = new Lazy<Task<RequestOutcome>>(() => ask(this));

    /// <summary>Cancelled when the call is given up.</summary>
    public CancellationToken Token => _givingUp.Token;

    /// <summary>Whether all callers have given up. Asked of their own tokens: <see cref="Token"/> may learn of it a little later.</summary>
    public bool IsGivenUp
    {
        get
        {
            lock (_lock)
            {
                return _isGivenUp |= _callers.Count > 0 && _callers.TrueForAll(caller => caller.IsCancellationRequested);
            }
        }
    }

    /// <summary>Adds a caller.</summary>
    /// <returns>False where the call is given up: it is to be waited for, and another one made.</returns>
    public bool TryJoin(CancellationToken caller)
    {
        lock (_lock)
        {
            if (IsGivenUp)
            {
                return false;
            }

            _callers.Add(caller);
            return true;
        }
    }

    /// <summary>Waits for the outcome on behalf of a caller that has joined.</summary>
    /// <exception cref="OperationCanceledException">The caller has given up; where it was the last one, the call has ended.</exception>
    public async Task<RequestOutcome> WaitAsync(CancellationToken caller)
    {
        using CancellationTokenRegistration registration = caller.Register(CancelIfGivenUp);
        Task<RequestOutcome> outcome = _outcome.Value;
        try
        {
            return await outcome.WaitAsync(caller).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (caller.IsCancellationRequested && !outcome.IsCompleted)
        {
            CancelIfGivenUp();
            if (!IsGivenUp)
            {
                throw;
            }

            // To the end: what came is in the journal before the caller may close it.
            return await outcome.ConfigureAwait(false);
        }
    }

    /// <summary>Waits for the end, however the call ends.</summary>
    public async Task EndAsync() => await ((Task)_outcome.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public void Dispose() => _givingUp.Dispose();

    private void CancelIfGivenUp()
    {
        if (!IsGivenUp)
        {
            return;
        }

        try
        {
            _givingUp.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call ended at the same time.
        }
    }
}
