using Microsoft.Extensions.AI;

namespace LongAlign.Data.Requests;

/// <summary>Tokens of one or more calls.</summary>
/// <param name="InputTokens">Tokens sent, cached ones included.</param>
/// <param name="CachedInputTokens">Those of them that the provider had in its prompt cache.</param>
/// <param name="OutputTokens">Tokens received.</param>
/// <param name="IsEstimated">Whether a provider told no numbers, so that the worst case stands for them.</param>
public readonly record struct RequestUsage(long InputTokens, long CachedInputTokens, long OutputTokens, bool IsEstimated = false)
{
    /// <summary>Adds tokens; the sum is estimated where a part is.</summary>
    /// <param name="other">The other tokens.</param>
    /// <returns>The sum.</returns>
    public RequestUsage Add(RequestUsage other) => new(
        InputTokens + other.InputTokens,
        CachedInputTokens + other.CachedInputTokens,
        OutputTokens + other.OutputTokens,
        IsEstimated || other.IsEstimated);

    internal static RequestUsage Of(UsageDetails? usage, RequestUsage worstCase)
        => usage is { InputTokenCount: >= 0, OutputTokenCount: >= 0 }
            ? new RequestUsage(usage.InputTokenCount.Value, Math.Clamp(usage.CachedInputTokenCount ?? 0, 0, usage.InputTokenCount.Value), usage.OutputTokenCount.Value)
            : worstCase with { IsEstimated = true };
}
