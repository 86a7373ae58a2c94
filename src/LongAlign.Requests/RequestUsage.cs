using Microsoft.Extensions.AI;

namespace LongAlign.Requests;

/// <summary>Tokens of one or more calls.</summary>
public readonly record struct RequestUsage
{
    /// <summary>Gets the tokens sent, cached ones included.</summary>
    public long InputTokens { get; init; }

    /// <summary>Gets the number of them that the provider had in its prompt cache.</summary>
    public long CachedInputTokens { get; init; }

    /// <summary>Gets the tokens received.</summary>
    public long OutputTokens { get; init; }

    /// <summary>Gets whether the provider told no numbers and these are the worst case.</summary>
    public bool IsEstimated { get; init; }

    /// <summary>Adds tokens; the sum is estimated where a part is.</summary>
    /// <param name="other">The other tokens.</param>
    /// <returns>The sum.</returns>
    public RequestUsage Add(RequestUsage other) => new()
    {
        InputTokens = InputTokens + other.InputTokens,
        CachedInputTokens = CachedInputTokens + other.CachedInputTokens,
        OutputTokens = OutputTokens + other.OutputTokens,
        IsEstimated = IsEstimated || other.IsEstimated,
    };

    internal static RequestUsage Of(UsageDetails? usage, RequestUsage worstCase)
        => usage is { InputTokenCount: >= 0, OutputTokenCount: >= 0 }
            ? new RequestUsage { InputTokens = usage.InputTokenCount.Value, CachedInputTokens = Math.Clamp(usage.CachedInputTokenCount ?? 0, 0, usage.InputTokenCount.Value), OutputTokens = usage.OutputTokenCount.Value }
            : worstCase with { IsEstimated = true };
}
