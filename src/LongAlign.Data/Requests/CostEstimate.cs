using System.Globalization;

namespace LongAlign.Data.Requests;

/// <summary>What requests would cost at worst, before one is made: with replies as long as they may be, and no prompt cache.</summary>
/// <param name="Requests">Requests, the same one counted once.</param>
/// <param name="FromJournal">Those of them that the journal has; they cost nothing.</param>
/// <param name="Usage">Tokens of the others.</param>
/// <param name="Cost">Their price; 0 where the model has none.</param>
public sealed record CostEstimate(int Requests, int FromJournal, RequestUsage Usage, decimal Cost)
{
    /// <summary>One line.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Requests:N0} requests, {FromJournal:N0} in the journal; at most {Usage.InputTokens:N0} tokens in, {Usage.OutputTokens:N0} out; cost at most {Cost:0.####}");
}
