using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LongAlign.Requests;

/// <summary>
/// Asks a model many things: several at once, as many as the provider bears; again where it may help; never what the journal has; and
/// never for more money than there is.
/// </summary>
/// <example>
/// <code>
/// using LongAlign.Requests;
/// using Microsoft.Extensions.AI;
///
/// using RequestJournal journal = RequestJournal.Open("journal.jsonl");
/// using RequestRunner runner = new(chatClient, journal);
/// RequestOutcome outcome = await runner.SendAsync(new ModelRequest
/// {
///     ItemId = "1",
///     Stage = "judge",
///     Messages = [new ChatMessage(ChatRole.User, "How long is the text?")],
///     Sampling = new SamplingOptions { Model = "gpt-4o" },
/// });
/// Console.WriteLine(outcome.Reply?.Text ?? outcome.Failure!.Message);
/// </code>
/// </example>
/// <remarks>
/// Safe for several threads. A runner is for one run: once stopped it makes no further call. A client's own retries should be off, since
/// they hide from the runner that a provider is overloaded.
/// </remarks>
public sealed class RequestRunner : IDisposable
{
    private readonly Provider _provider;
    private readonly RequestJournal _journal;
    private readonly RequestRunnerOptions _options;
    private readonly ConcurrencyLimiter _limiter;
    private readonly Budget _budget;
    private readonly Redaction _redaction;
    private readonly RequestMeter _meter = new();
    private readonly ConcurrentDictionary<string, SharedCall> _underWay = new();
    private readonly CancellationTokenSource _stopping = new();
    private string? _stopReason;
    private string? _firstFailure;

    /// <summary>Makes a runner.</summary>
    /// <param name="client">The provider; owned by the caller.</param>
    /// <param name="journal">Where replies are kept; owned by the caller.</param>
    /// <param name="options">The options; the defaults where null.</param>
    /// <exception cref="ArgumentException">An option is out of range, or there is a budget and the journal has calls of a model without a price.</exception>
    public RequestRunner(IChatClient client, RequestJournal journal, RequestRunnerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(journal);
        _options = options ?? new RequestRunnerOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxConcurrency, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.InitialConcurrency, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxAttempts, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(_options.AttemptTimeout, TimeSpan.Zero, nameof(options));
        _journal = journal;
        _limiter = new ConcurrencyLimiter(_options.InitialConcurrency, _options.MaxConcurrency, _options.TimeProvider);
        _budget = new Budget(_options.Budget);
        _redaction = new Redaction(_options.Secrets);
        _provider = new Provider(client, _options, _redaction);
        foreach (JournalRecord record in journal.Spending)
        {
            decimal cost = PriceOf(record.Model).CostOf(record.Usage);
            _budget.Spend(cost);
            _meter.Spend(record, cost, isEarlier: true);
        }
    }

    /// <summary>What became of the requests so far.</summary>
    public RequestReport Report => _meter.Report();

    /// <summary>The calls that may be made at once now.</summary>
    public int Concurrency => _limiter.Limit;

    /// <summary>Works on items, several at once, and gives the results in the order of the items.</summary>
    /// <typeparam name="TItem">What is worked on.</typeparam>
    /// <typeparam name="TResult">What comes of it.</typeparam>
    /// <param name="items">The items; read ahead of the results by a few times <see cref="RequestRunnerOptions.MaxConcurrency"/>.</param>
    /// <param name="work">The work, which calls <see cref="SendAsync"/>, once or several times.</param>
    /// <param name="cancellationToken">Stops the run; calls under way are given up.</param>
    /// <returns>The results. When the enumeration is left early, no further call is started and those under way are waited for.</returns>
    /// <exception cref="RequestRunException">The run can't go on, or not one request got a reply.</exception>
    public async IAsyncEnumerable<TResult> RunAsync<TItem, TResult>(
        IEnumerable<TItem> items, Func<TItem, CancellationToken, Task<TResult>> work, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(work);
        Queue<Task<TResult>> ahead = new();
        try
        {
            foreach (TItem item in items)
            {
                // Fair: first come, first served.
                ahead.Enqueue(Task.Factory.StartNew(
                    () => work(item, cancellationToken), cancellationToken, TaskCreationOptions.PreferFairness, TaskScheduler.Default).Unwrap());
                if (ahead.Count > 4 * _options.MaxConcurrency)
                {
                    yield return await ahead.Dequeue().ConfigureAwait(false);
                }
            }

            while (ahead.TryDequeue(out Task<TResult>? next))
            {
                yield return await next.ConfigureAwait(false);
            }
        }
        finally
        {
            // Calls under way are paid for: their replies are to reach the journal.
            if (ahead.Count > 0)
            {
                _ = Stop("another item failed, or the run was left.");
                await ((Task)Task.WhenAll(ahead)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        ThrowIfNothingSucceeded();
    }

    /// <summary>Gets the reply to a request: from the journal, or by a call that is tried again where that may help.</summary>
    /// <param name="request">The request; the same one asked twice at once is one call.</param>
    /// <param name="cancellationToken">Gives the request up, and the call where nobody else waits for it.</param>
    /// <returns>A reply, or why there is none. A failure that may pass is tried again by the next run.</returns>
    /// <exception cref="RequestRunException">The run can't go on: for a failure of that kind, for want of money, or for a pause that is too long.</exception>
    /// <exception cref="ArgumentException">There is a budget and the model has no price.</exception>
    public async Task<RequestOutcome> SendAsync(ModelRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        string key = request.GetKey();
        _meter.Begin(request.Stage);
        bool isCall = false;
        SharedCall own = new(async call =>
        {
            // Looked up by the one that all wait for: a reply that has come meanwhile is found, and not paid for again.
            RequestOutcome? known = FindOutcome(request, key);
            isCall = known is null;
            return known ?? await SendOnceAsync(request, key, call).ConfigureAwait(false);
        });
        SharedCall shared = await JoinAsync(key, own, cancellationToken).ConfigureAwait(false);
        try
        {
            RequestOutcome outcome = await shared.WaitAsync(cancellationToken).ConfigureAwait(false) with { Request = request };
            _meter.End(request.Stage, outcome.Reply is not null, isFromJournal: !isCall);
            return outcome;
        }
        finally
        {
            if (shared == own)
            {
                _ = ForgetAsync(key, own);
            }
        }
    }

    /// <summary>Reckons what requests would cost at worst; makes no call.</summary>
    /// <param name="requests">The requests.</param>
    /// <returns>Tokens and price, without what the journal has.</returns>
    public CostEstimate Estimate(IEnumerable<ModelRequest> requests)
    {
        ArgumentNullException.ThrowIfNull(requests);
        HashSet<string> keys = [];
        int known = 0;
        RequestUsage usage = default;
        decimal cost = 0;
        foreach (ModelRequest request in requests)
        {
            string key = request.GetKey();
            if (!keys.Add(key))
            {
                continue;
            }

            if (FindOutcome(request, key) is not null)
            {
                known++;
                continue;
            }

            RequestUsage worst = WorstCase(request);
            usage = usage.Add(worst);
            cost += PriceOf(request.Sampling.Model).CostOf(worst);
        }

        return new CostEstimate { Requests = keys.Count, FromJournal = known, Usage = usage, Cost = cost };
    }

    /// <summary>Gets the reply that the journal has to a request; makes no call.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The reply; null where the journal has none.</returns>
    public ModelReply? FindReply(ModelRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _journal.FindReply(request.GetKey());
    }

    /// <summary>Throws where every request so far failed: a run without one success is no success.</summary>
    /// <exception cref="RequestRunException">There were requests, and not one got a reply.</exception>
    public void ThrowIfNothingSucceeded()
    {
        if (_meter is { Answered: 0, Failed: > 0 })
        {
            throw new RequestRunException($"Not one of {_meter.Failed} requests got a reply. The first failure: {_firstFailure}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    /// <summary>Joins the call under way for a key, or begins its own; one that is given up is waited for first.</summary>
    private async Task<SharedCall> JoinAsync(string key, SharedCall own, CancellationToken cancellationToken)
    {
        while (true)
        {
            SharedCall shared = _underWay.GetOrAdd(key, own);
            if (shared.TryJoin(cancellationToken))
            {
                return shared;
            }

            await shared.EndAsync().ConfigureAwait(false);
            _underWay.TryRemove(new KeyValuePair<string, SharedCall>(key, shared));
        }
    }

    private async Task ForgetAsync(string key, SharedCall call)
    {
        await call.EndAsync().ConfigureAwait(false);
        _underWay.TryRemove(new KeyValuePair<string, SharedCall>(key, call));
        call.Dispose();
    }

    private RequestOutcome? FindOutcome(ModelRequest request, string key)
        => _journal.FindReply(key) is { } reply ? new RequestOutcome(request, reply, null)
            : !_options.RetryPermanentFailures && _journal.FindPermanentFailure(key) is { } failure ? Failed(request, failure)
            : null;

    private RequestOutcome Failed(ModelRequest request, RequestFailure failure)
    {
        Interlocked.CompareExchange(ref _firstFailure, $"{request.ItemId}, {request.Stage}: {failure.Message}", null);
        return new RequestOutcome(request, null, failure);
    }

    private async Task<RequestOutcome> SendOnceAsync(ModelRequest request, string key, SharedCall call)
    {
        RequestUsage worst = WorstCase(request);
        decimal worstCost = PriceOf(request.Sampling.Model).CostOf(worst);
        using CancellationTokenSource waiting = CancellationTokenSource.CreateLinkedTokenSource(call.Token, _stopping.Token);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                int cuts = await EnterAsync(call, worstCost, waiting.Token).ConfigureAwait(false);
                if (cuts < 0)
                {
                    throw Stop(string.Create(CultureInfo.InvariantCulture, $"the budget of {_options.Budget:0.####} has {_options.Budget - _budget.Spent:0.####} left, and {request.ItemId} ({request.Stage}) may cost {worstCost:0.####}. Start again with a larger one to go on."));
                }

                (ModelReply? reply, RequestFailure? failure, TimeSpan pause) = await AttemptAsync(request, key, attempt, worst, worstCost, cuts, call.Token).ConfigureAwait(false);
                if (reply is not null)
                {
                    return new RequestOutcome(request, reply, null);
                }

                if (failure!.Kind == RequestFailureKind.PermanentForRun)
                {
                    throw Stop($"{failure.Message} (at {request.ItemId}, {request.Stage}). Start again once this is mended.");
                }

                if (failure.Kind == RequestFailureKind.PermanentForItem || attempt == _options.MaxAttempts)
                {
                    return Failed(request, failure);
                }

                if (failure.RetryAfter > _options.MaxRetryAfter)
                {
                    throw Stop($"the provider asks to wait for {failure.RetryAfter}, longer than {_options.MaxRetryAfter} ({failure.Message}). Start again then.");
                }

                _options.Retrying?.Invoke(failure, pause);
                await Task.Delay(pause, _options.TimeProvider, waiting.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!call.IsGivenUp)
            {
                throw Stopped();
            }
        }
    }

    /// <summary>Waits until the provider may be called, and sets the worst case aside.</summary>
    /// <returns>What the limiter wants back; -1 where there is not enough money.</returns>
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

            _stopping.Token.ThrowIfCancellationRequested();
            isReserved = await _budget.ReserveAsync(worstCost, waiting).ConfigureAwait(false);
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
        long begin = _options.TimeProvider.GetTimestamp();
        bool isOverloaded = false;
        TimeSpan pause = default;
        decimal cost = worstCost; // what it counts as where no end is known
        try
        {
            _journal.Append(record);
            (ModelReply? reply, RequestFailure? failure, RequestUsage usage) = await _provider.AskAsync(request, worst, cancellationToken).ConfigureAwait(false);
            isOverloaded = failure?.Kind == RequestFailureKind.RateLimited;
            pause = failure is null ? default : _options.PauseAfter(failure, key, attempt);
            cost = PriceOf(record.Model).CostOf(usage);
            record = record with { Event = reply is null ? JournalEvent.Failure : JournalEvent.Reply, Usage = usage, Reply = reply, Failure = failure };
            _journal.Append(record);
            _meter.Spend(record, cost, isEarlier: false);
            return (reply?.WithoutThoughts(), failure, pause);
        }
        finally
        {
            _budget.Settle(worstCost, cost);
            _meter.Call(request.Stage, isOverloaded);
            if (isOverloaded)
            {
                _limiter.LeaveOverloaded(cuts, pause);
            }
            else if (record.Event == JournalEvent.Reply)
            {
                _limiter.LeaveAnswered(cuts, request.Stage, _options.TimeProvider.GetElapsedTime(begin));
            }
            else
            {
                _limiter.Leave();
            }
        }
    }

    /// <summary>Stops the run. To be thrown: tokens linked to the stop may not be cancelled yet when another thread is at it too.</summary>
    private RequestRunException Stop(string reason)
    {
        Interlocked.CompareExchange(ref _stopReason, reason, null);
        _stopping.Cancel();
        return Stopped();
    }

    private RequestRunException Stopped() => new($"The run stopped: {_stopReason} {_journal.ReplyCount} replies are in {_journal.FilePath}.");

    private TokenPrice PriceOf(string model)
        => _options.Prices.TryGetValue(model, out TokenPrice? price) ? price
            : _options.Budget is null ? new TokenPrice(0, 0)
            : throw new ArgumentException($"There is a budget and the model '{model}' has no price; there are prices of {string.Join(", ", _options.Prices.Keys)}.");

    /// <summary>The most that a call may use; a few tokens a message are for the provider's chat template.</summary>
    private RequestUsage WorstCase(ModelRequest request)
        => new() { InputTokens = 16 + request.Messages.Sum(message => 8L + _options.CountTokens(message.Text)), OutputTokens = request.Sampling.MaxOutputTokens };
}
