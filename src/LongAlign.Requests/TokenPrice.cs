namespace LongAlign.Requests;

/// <summary>The prices of a model's tokens, in any one currency.</summary>
/// <param name="InputPerMillion">Price of a million tokens sent.</param>
/// <param name="OutputPerMillion">Price of a million tokens received.</param>
public sealed record TokenPrice(decimal InputPerMillion, decimal OutputPerMillion)
{
    /// <summary>Gets the price of a million tokens sent that the provider had in its prompt cache.</summary>
    /// <value>The full price unless set.</value>
    public decimal CachedInputPerMillion { get; init; } = InputPerMillion;

    /// <summary>Computes what tokens cost.</summary>
    /// <param name="usage">The tokens.</param>
    /// <returns>The cost.</returns>
    public decimal CostOf(RequestUsage usage)
        => (((usage.InputTokens - usage.CachedInputTokens) * InputPerMillion)
            + (usage.CachedInputTokens * CachedInputPerMillion)
            + (usage.OutputTokens * OutputPerMillion)) / 1_000_000m;
}
