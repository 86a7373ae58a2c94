using System.Text;

namespace LongAlign.Requests;

/// <summary>Options of <see cref="RequestRunner"/>.</summary>
public sealed record RequestRunnerOptions
{
    /// <summary>Gets the most calls at once.</summary>
    /// <value>32 unless set, at least 1.</value>
    public int MaxConcurrency { get; init; } = 32;

    /// <summary>Gets the calls at once at the start; more while replies come well, half as many when the provider is overloaded.</summary>
    /// <value>4 unless set, from 1 to <see cref="MaxConcurrency"/>; a larger number counts as that.</value>
    public int InitialConcurrency { get; init; } = 4;

    /// <summary>Gets the number of times that a request is tried before it counts as failed in this run.</summary>
    /// <value>6 unless set, at least 1.</value>
    public int MaxAttempts { get; init; } = 6;

    /// <summary>Gets the longest time of one call.</summary>
    /// <value>10 minutes unless set.</value>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Gets the pause before the second attempt where the provider names none; each further one is twice as long.</summary>
    /// <value>1 second unless set.</value>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets the longest pause of this program's own choice.</summary>
    /// <value>1 minute unless set.</value>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets the longest pause that a provider may ask for; a longer one stops the run, to be resumed later.</summary>
    /// <value>15 minutes unless set.</value>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Gets the prices by model id.</summary>
    /// <value>Empty unless set: costs are then 0 and there can be no budget.</value>
    public IReadOnlyDictionary<string, TokenPrice> Prices { get; init; } = new Dictionary<string, TokenPrice>();

    /// <summary>Gets the most that all runs over one journal may cost; a call that might exceed it is not started.</summary>
    /// <value>No limit unless set.</value>
    public decimal? Budget { get; init; }

    /// <summary>Gets the function that counts the tokens of a text, for estimates and the budget.</summary>
    /// <value>The bytes of UTF-8 unless set: no tokenizer of bytes makes more tokens, most make a quarter.</value>
    public Func<string, int> CountTokens { get; init; } = Encoding.UTF8.GetByteCount;

    /// <summary>Gets whether requests that failed for good in an earlier run are tried again.</summary>
    /// <value>False unless set; failures of other kinds are always tried again.</value>
    public bool RetryPermanentFailures { get; init; }

    /// <summary>Gets texts that no journal, message or report may hold, such as the API key in use.</summary>
    /// <value>Empty unless set; what looks like a key is taken out of a provider's messages in any case.</value>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>Gets the function that classifies failures where the runner's own rules do not fit a provider; null from it means: by the rules.</summary>
    /// <value>None unless set.</value>
    public Func<Exception, RequestFailure?>? Classify { get; init; }

    /// <summary>Gets the function that is told of every failure that is tried again, with the pause before; called from any thread.</summary>
    /// <value>Nothing unless set.</value>
    public Action<RequestFailure, TimeSpan>? Retrying { get; init; }

    /// <summary>Gets the clock.</summary>
    /// <value>The system's unless set.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The pause that the provider asks for; else twice as long after each attempt, spread so that requests do not come back together.</summary>
    internal TimeSpan PauseAfter(RequestFailure failure, string key, int attempt)
    {
        if (failure.RetryAfter is { } asked)
        {
            return asked < MaxRetryAfter ? asked : MaxRetryAfter; // the run stops at a longer one
        }

        double spread = 0.5 + (0.5 * new ItemRandom(attempt, key, "pause").NextDouble());
        double own = FirstDelay.TotalSeconds * Math.Pow(2, attempt - 1) * spread;
        return TimeSpan.FromSeconds(Math.Min(own, MaxDelay.TotalSeconds));
    }
}
