using System.Globalization;

namespace LongAlign.Requests;

/// <summary>The outcomes and the cost of a stage's requests.</summary>
public sealed record StageReport
{
    /// <summary>Gets the stage.</summary>
    public required string Stage { get; init; }

    /// <summary>Gets the requests of this run.</summary>
    public required int Requests { get; init; }

    /// <summary>Gets the number of requests that needed no call: the journal had their reply, or the same request was under way.</summary>
    public required int FromJournal { get; init; }

    /// <summary>Gets the number of requests that got a reply, from the journal or by a call.</summary>
    public required int Answered { get; init; }

    /// <summary>Gets the number of requests that failed.</summary>
    public required int Failed { get; init; }

    /// <summary>Gets the calls of this run, repeated ones included.</summary>
    public required int Calls { get; init; }

    /// <summary>Gets the number of calls that the provider turned away or let run out of time.</summary>
    public required int RateLimited { get; init; }

    /// <summary>Gets the tokens of all replies in the journal: of this run and those before.</summary>
    public required RequestUsage Usage { get; init; }

    /// <summary>Gets the cost of all replies in the journal.</summary>
    public required decimal Cost { get; init; }

    /// <summary>Gets the cost of this run alone.</summary>
    public required decimal CostOfThisRun { get; init; }

    /// <summary>Gets the highest possible cost of calls without a known end, in this run and those before: killed, cut off, out of time.</summary>
    public required decimal CostInDoubt { get; init; }

    /// <summary>One line.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Stage}: {Requests:N0} requests, {Answered:N0} answered ({FromJournal:N0} without a call), {Failed:N0} failed; {Calls:N0} calls, {RateLimited:N0} rate-limited; {Usage.InputTokens:N0} tokens in ({Usage.CachedInputTokens:N0} cached), {Usage.OutputTokens:N0} out{(Usage.IsEstimated ? " (in part estimated)" : "")}; cost {Cost:0.####}, of this run {CostOfThisRun:0.####}, in doubt {CostInDoubt:0.####}");
}
