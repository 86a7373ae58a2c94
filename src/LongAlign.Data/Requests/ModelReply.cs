namespace LongAlign.Data.Requests;

/// <summary>What a model answered.</summary>
/// <param name="Text">The text; may be empty.</param>
/// <param name="FinishReason">Why the model stopped, as the provider says: <c>stop</c>, <c>length</c>, <c>content_filter</c>; null where it does not say.</param>
/// <param name="Model">The model's id as the provider says, or else as it was asked for.</param>
/// <param name="Usage">Tokens of the call.</param>
public sealed record ModelReply(string Text, string? FinishReason, string Model, RequestUsage Usage);
