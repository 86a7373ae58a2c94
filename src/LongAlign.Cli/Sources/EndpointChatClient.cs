using System.ClientModel;
using System.Net;
using System.Text.Json;
using LongAlign.Requests;
using Microsoft.Extensions.AI;

namespace LongAlign.Cli.Sources;

/// <summary>An endpoint whose failures name its address, and what may be wrong with it.</summary>
internal sealed class EndpointChatClient(IChatClient inner, Uri address) : DelegatingChatClient(inner)
{
    private const int NotFound = 404;

    private readonly string _place = $"the endpoint is {address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped)}";

    /// <summary>The most frequent cause of a failure at an address.</summary>
    private readonly string _hint = address.AbsolutePath.Contains("/v", StringComparison.Ordinal) ? "" : "; most often such an address ends in /v1";

    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return await base.GetResponseAsync(messages, options, cancellationToken);
        }
        catch (ClientResultException e) when (e.Status > 0)
        {
            throw new HttpRequestException($"{e.Message.ReplaceLineEndings(" ")} ({_place}{(e.Status == NotFound ? _hint : "")})", e, (HttpStatusCode)e.Status);
        }
        catch (Exception e) when (e is JsonException or ArgumentOutOfRangeException or FormatException or KeyNotFoundException or (InvalidOperationException and not ObjectDisposedException))
        {
            string fault = e is ArgumentOutOfRangeException ? "it has no choices" : e.Message.TrimEnd('.');
            throw new InvalidDataException($"The reply is not a chat completion: {fault} ({_place}{_hint}).", e);
        }
    }

    /// <summary>A malformed reply without the names of exceptions; the rest is left to the rules.</summary>
    public static RequestFailure? Classify(Exception e)
        => e is InvalidDataException ? new RequestFailure(RequestFailureKind.Retryable, e.Message) { MayBePaid = true } : null;
}
