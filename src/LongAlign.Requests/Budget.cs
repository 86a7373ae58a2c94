namespace LongAlign.Requests;

/// <summary>Money: what is spent, what calls under way may cost at worst, and the most that both may be.</summary>
internal sealed class Budget(decimal? limit)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private decimal _spent;
    private decimal _reserved;

    public decimal Spent
    {
        get
        {
            lock (_lock)
            {
                return _spent;
            }
        }
    }

    public void Spend(decimal cost)
    {
        lock (_lock)
        {
            _spent += cost;
        }
    }

    /// <summary>Sets the worst case of a call aside; waits while calls under way may leave enough.</summary>
    /// <returns>False where there is not enough money and none can come back.</returns>
    public async Task<bool> ReserveAsync(decimal worstCase, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (limit is null || _spent + _reserved + worstCase <= limit)
                {
                    _reserved += worstCase;
                    return true;
                }

                if (_reserved == 0)
                {
                    return false;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Settle(decimal worstCase, decimal cost)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _reserved -= worstCase;
            _spent += cost;
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }
}
