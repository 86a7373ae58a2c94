using System.Text;
using Microsoft.Extensions.AI;

namespace LongAlign.Requests;

/// <summary>A client that is asked once at a time: within its time, and with every outcome, an exception too, as a reply or a failure.</summary>
internal sealed class Provider(IChatClient client, RequestRunnerOptions options, Redaction redaction)
{
    /// <param name="request">The request.</param>
    /// <param name="worst">The most that the call may use; what it counts as where nobody says.</param>
    /// <param name="cancellationToken">Gives the call up; only then an exception comes out.</param>
    public async Task<(ModelReply? Reply, RequestFailure? Failure, RequestUsage Usage)> AskAsync(ModelRequest request, RequestUsage worst, CancellationToken cancellationToken)
    {
        ChatResponse response;
        try
        {
            response = await CallAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException && !cancellationToken.IsCancellationRequested)
        {
            RequestFailure failure = options.Classify?.Invoke(e) ?? FailureRules.Classify(e, options.TimeProvider);
            return (null, failure with { Message = redaction.Clean(failure.Message) }, failure.MayBePaid ? worst : default);
        }

        RequestUsage usage = RequestUsage.Of(response.Usage, worst);
        return response is { FinishReason: null } && string.IsNullOrWhiteSpace(response.Text)
            ? (null, new RequestFailure(RequestFailureKind.Retryable, "The reply has neither text nor a reason why it ended.") { MayBePaid = true }, usage)
            : (ReplyOf(response, request, usage), null, usage);
    }

    private async Task<ChatResponse> CallAsync(ModelRequest request, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(options.AttemptTimeout, options.TimeProvider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        ChatMessage[] messages = [.. request.Messages.Select(message => message.Clone())]; // a client may change what it is given
        try
        {
            // Not every client heeds the token.
            return await client.GetResponseAsync(messages, request.Sampling.ToChatOptions(), either.Token).WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no reply in {options.AttemptTimeout}", e);
        }
    }

    private static ModelReply ReplyOf(ChatResponse response, ModelRequest request, RequestUsage usage)
    {
        return new ModelReply
        {
            Text = Whole(response.Text),
            FinishReason = response.FinishReason?.Value,
            Model = response.ModelId ?? request.Sampling.Model,
            Usage = usage,
            Thoughts = ThoughtsOf(response) is { Length: > 0 } thoughts ? Whole(thoughts) : null,
        };
    }

    /// <summary>Thoughts that the provider sends beside the text: as separate content, or in a field that the client passes on.</summary>
    private static string ThoughtsOf(ChatResponse response) => string.Concat(response.Messages.SelectMany(message =>
        message.Contents.OfType<TextReasoningContent>().Select(content => content.Text)
            .Append(message.AdditionalProperties?.TryGetValue("reasoning_content", out string? field) == true ? field : "")));

    /// <summary>Half a surrogate pair is not valid text: it would not come back from the journal as it went in.</summary>
    private static string Whole(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
