namespace LongAlign.Requests;

/// <summary>The outcome of a request: a reply or a failure, never both.</summary>
/// <param name="Request">The request.</param>
/// <param name="Reply">The reply; null where there is a failure.</param>
/// <param name="Failure">The last failure; null where there is a reply.</param>
public sealed record RequestOutcome(ModelRequest Request, ModelReply? Reply, RequestFailure? Failure);
