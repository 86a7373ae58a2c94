using System.Globalization;

namespace LongAlign.Requests;

/// <summary>The highest possible cost of requests, before one is made: with replies as long as they may be, and no prompt cache.</summary>
public sealed record CostEstimate
{
    /// <summary>Gets the number of requests, the same one counted once.</summary>
    public required int Requests { get; init; }

    /// <summary>Gets the number of requests that the journal has; they cost nothing.</summary>
    public required int FromJournal { get; init; }

    /// <summary>Gets the tokens of the others.</summary>
    public required RequestUsage Usage { get; init; }

    /// <summary>Gets their price; 0 where the model has none.</summary>
    public required decimal Cost { get; init; }

    /// <summary>One line.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Requests:N0} requests, {FromJournal:N0} in the journal; at most {Usage.InputTokens:N0} tokens in, {Usage.OutputTokens:N0} out; cost at most {Cost:0.####}");
}
