using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LongAlign.Requests;

/// <summary>
/// Sends many requests to a model: as many at once as the provider allows, again where that may help, never one whose reply the journal has,
/// and never for more than the budget.
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
    private readonly RequestJournal _journal;
    private readonly RequestRunnerOptions _options;
    private readonly RequestPrices _prices;
    private readonly RequestMeter _meter = new();
    private readonly RunStop _stop;
    private readonly RequestAttempts _attempts;
    private readonly ConcurrentDictionary<string, SharedCall> _underWay = new();

    /// <summary>Makes a runner.</summary>
    /// <param name="client">The provider; owned by the caller.</param>
    /// <param name="journal">The journal that keeps replies; owned by the caller.</param>
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
        _prices = new RequestPrices(_options);
        _stop = new RunStop(journal);
        Budget budget = new(_options.Budget);
        _attempts = new RequestAttempts(client, journal, _options, _prices, budget, _meter, _stop);
        foreach (JournalRecord record in journal.Spending)
        {
            decimal cost = _prices.CostOf(record.Model, record.Usage);
            budget.Spend(cost);
            _meter.Spend(record, cost, isEarlier: true);
        }
    }

    /// <summary>The report on the requests so far.</summary>
    public RequestReport Report => _meter.Report();

    /// <summary>The calls that may be made at once now.</summary>
    public int Concurrency => _attempts.Concurrency;

    /// <summary>Works on items, several at once, and gives the results in the order of the items.</summary>
    /// <typeparam name="TItem">The type of items.</typeparam>
    /// <typeparam name="TResult">The type of results.</typeparam>
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
                _ = _stop.Stop("another item failed, or the run was left.");
                await ((Task)Task.WhenAll(ahead)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        ThrowIfNothingSucceeded();
    }

    /// <summary>Gets the reply to a request: from the journal, or by a call that is tried again where that may help.</summary>
    /// <param name="request">The request; the same one asked twice at once is one call.</param>
    /// <param name="cancellationToken">Gives the request up, and the call where nobody else waits for it.</param>
    /// <returns>A reply, or why there is none. A failure that may pass is tried again by the next run.</returns>
    /// <exception cref="RequestRunException">The run can't continue: for a failure of that kind, for lack of money, or for a pause that is too long.</exception>
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
            return known ?? await _attempts.SendAsync(request, key, call).ConfigureAwait(false);
        });
        SharedCall shared = await JoinAsync(key, own, cancellationToken).ConfigureAwait(false);
        try
        {
            RequestOutcome outcome = await shared.WaitAsync(cancellationToken).ConfigureAwait(false) with { Request = request };
            _meter.End(outcome, isFromJournal: !isCall);
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

    /// <summary>Computes what requests would cost at worst; makes no call.</summary>
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

            RequestUsage worst = _prices.WorstCase(request);
            usage = usage.Add(worst);
            cost += _prices.CostOf(request.Sampling.Model, worst);
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

    /// <summary>Throws where every request so far failed: a run without a success has failed.</summary>
    /// <exception cref="RequestRunException">There were requests, and not one got a reply.</exception>
    public void ThrowIfNothingSucceeded()
    {
        if (_meter is { Answered: 0, Failed: > 0 })
        {
            throw new RequestRunException($"Not one of {_meter.Failed} requests got a reply. The first failure: {_meter.FirstFailure}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

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
            : !_options.RetryPermanentFailures && _journal.FindPermanentFailure(key) is { } failure ? new RequestOutcome(request, null, failure)
            : null;
}
