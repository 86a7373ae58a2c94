using System.Globalization;
using Microsoft.Extensions.AI;

namespace LongAlign.Requests;

/// <summary>The calls of a request: as many at once as the provider allows, within the budget, again where that may help, each one in the journal before and after.</summary>
internal sealed class RequestAttempts(
    IChatClient client, RequestJournal journal, RequestRunnerOptions options, RequestPrices prices, Budget budget, RequestMeter meter, RunStop stop)
{
    private readonly ConcurrencyLimiter _limiter = new(options.InitialConcurrency, options.MaxConcurrency, options.TimeProvider);
    private readonly Redaction _redaction = new(options.Secrets);
    private readonly Provider _provider = new(client, options, new Redaction(options.Secrets));

    /// <summary>The calls that may be made at once now.</summary>
    public int Concurrency => _limiter.Limit;

    /// <summary>Calls until there is a reply, or a failure that lasts.</summary>
    /// <param name="request">The request.</param>
    /// <param name="key">Its key.</param>
    /// <param name="call">The waiting callers; once all have given up, the calls end.</param>
    public async Task<RequestOutcome> SendAsync(ModelRequest request, string key, SharedCall call)
    {
        RequestUsage worst = prices.WorstCase(request);
        decimal worstCost = prices.CostOf(request.Sampling.Model, worst);
        using CancellationTokenSource waiting = CancellationTokenSource.CreateLinkedTokenSource(call.Token, stop.Token);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                int cuts = await EnterAsync(call, worstCost, waiting.Token).ConfigureAwait(false);
                if (cuts < 0)
                {
                    throw stop.Stop(string.Create(CultureInfo.InvariantCulture, $"the budget of {options.Budget:0.####} has {options.Budget - budget.Spent:0.####} left, and {request.ItemId} ({request.Stage}) may cost {worstCost:0.####}. Start again with a larger one to go on."));
                }

                (ModelReply? reply, RequestFailure? failure, TimeSpan pause) = await AttemptAsync(request, key, attempt, worst, worstCost, cuts, call.Token).ConfigureAwait(false);
                if (reply is not null)
                {
                    return new RequestOutcome(request, reply, null);
                }

                if (failure!.Kind == RequestFailureKind.PermanentForItem || attempt == options.MaxAttempts)
                {
                    return new RequestOutcome(request, null, failure);
                }

                if (failure.RetryAfter > options.MaxRetryAfter)
                {
                    throw stop.Stop($"the provider asks to wait for {failure.RetryAfter}, longer than {options.MaxRetryAfter} ({failure.Message}). Start again then.");
                }

                options.Retrying?.Invoke(failure, pause);
                await Task.Delay(pause, options.TimeProvider, waiting.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!call.IsGivenUp)
            {
                throw stop.ToException();
            }
        }
    }

    /// <summary>Waits until the provider may be called, and sets the worst case aside.</summary>
    /// <returns>The number to give back to the limiter; -1 where the budget is too small.</returns>
    private async Task<int> EnterAsync(SharedCall call, decimal worstCost, CancellationToken waiting)
    {
        int cuts = await _limiter.EnterAsync(waiting).ConfigureAwait(false);
        bool isReserved = false;
        try
        {
            // The token joined of both may learn of it later than those who leave and make room.
            if (call.IsGivenUp)
            {
                throw new OperationCanceledException();
            }

            stop.Token.ThrowIfCancellationRequested();
            isReserved = await budget.ReserveAsync(worstCost, waiting).ConfigureAwait(false);
            return isReserved ? cuts : -1;
        }
        finally
        {
            if (!isReserved)
            {
                _limiter.Leave();
            }
        }
    }

    private async Task<(ModelReply? Reply, RequestFailure? Failure, TimeSpan Pause)> AttemptAsync(
        ModelRequest request, string key, int attempt, RequestUsage worst, decimal worstCost, int cuts, CancellationToken cancellationToken)
    {
        JournalRecord record = new()
        {
            Event = JournalEvent.Start,
            Key = key,
            Item = _redaction.Clean(request.ItemId),
            Stage = request.Stage,
            Model = request.Sampling.Model,
            Usage = worst,
        };
        long begin = options.TimeProvider.GetTimestamp();
        bool isOverloaded = false;
        TimeSpan pause = default;
        decimal cost = worstCost; // what it counts as where no end is known
        try
        {
            journal.Append(record);
            (ModelReply? reply, RequestFailure? failure, RequestUsage usage) = await _provider.AskAsync(request, worst, cancellationToken).ConfigureAwait(false);
            isOverloaded = failure?.Kind == RequestFailureKind.RateLimited;
            pause = failure is null ? default : options.PauseAfter(failure, key, attempt);
            cost = prices.CostOf(record.Model, usage);
            record = record with { Event = reply is null ? JournalEvent.Failure : JournalEvent.Reply, Usage = usage, Reply = reply, Failure = failure };
            journal.Append(record);
            meter.Spend(record, cost, isEarlier: false);
            if (failure?.Kind == RequestFailureKind.PermanentForRun)
            {
                // Before the limiter lets the next one in.
                throw stop.Stop($"{failure.Message} (at {request.ItemId}, {request.Stage}). Start again once this is mended.");
            }

            return (reply?.WithoutThoughts(), failure, pause);
        }
        finally
        {
            budget.Settle(worstCost, cost);
            meter.Call(request.Stage, isOverloaded);
            if (isOverloaded)
            {
                _limiter.LeaveOverloaded(cuts, pause);
            }
            else if (record.Event == JournalEvent.Reply)
            {
                _limiter.LeaveAnswered(cuts, request.Stage, options.TimeProvider.GetElapsedTime(begin));
            }
            else
            {
                _limiter.Leave();
            }
        }
    }
}
