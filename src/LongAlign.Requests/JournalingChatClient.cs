using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LongAlign.Requests;

/// <summary>
/// A chat client that gives what another one replies, with a journal, a budget, adaptive concurrency and retries in between: any code that takes
/// an <see cref="IChatClient"/> pays for no reply twice.
/// </summary>
/// <example>
/// <code>
/// using LongAlign.Requests;
/// using Microsoft.Extensions.AI;
///
/// using RequestJournal journal = RequestJournal.Open("journal.jsonl");
/// using JournalingChatClient client = new(chatClient, journal);
/// ChatResponse response = await client.GetResponseAsync("How long is the text?", new ChatOptions { ModelId = "gpt-4o", MaxOutputTokens = 100 });
/// Console.WriteLine(response.Text);
/// </code>
/// </example>
/// <remarks>
/// Safe for several threads. Requests are text, and options are those of <see cref="SamplingOptions"/>: what is not part of a request's key is refused, since the
/// journal could not tell requests apart by it. A streamed reply comes in one piece.
/// </remarks>
public sealed class JournalingChatClient : DelegatingChatClient
{
    private readonly RequestRunner _runner;
    private readonly string _stage;
    private int _count;

    /// <summary>Makes a client.</summary>
    /// <param name="innerClient">The provider; disposed with this client.</param>
    /// <param name="journal">The journal that keeps replies; owned by the caller.</param>
    /// <param name="options">The options; the defaults where null.</param>
    /// <param name="stage">The part of the work that its requests belong to; part of their key.</param>
    /// <exception cref="ArgumentException">An option is out of range, or there is a budget and the journal has calls of a model without a price.</exception>
    public JournalingChatClient(IChatClient innerClient, RequestJournal journal, RequestRunnerOptions? options = null, string stage = "chat")
        : base(innerClient)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(stage);
        _runner = new RequestRunner(innerClient, journal, options);
        _stage = stage;
    }

    /// <summary>Gets the report on the requests so far.</summary>
    public RequestReport Report => _runner.Report;

    /// <summary>Gets the reply: from the journal, or by a call that is tried again where that may help.</summary>
    /// <param name="messages">The messages, of text alone.</param>
    /// <param name="options">The options; the model has to be named here or by the inner client's metadata.</param>
    /// <param name="cancellationToken">Gives the request up.</param>
    /// <returns>The reply, without thoughts.</returns>
    /// <exception cref="RequestRunException">The request got no reply; the message says why.</exception>
    /// <exception cref="NotSupportedException">A message or an option is not part of a request's key.</exception>
    /// <exception cref="ArgumentException">There is no message, or nothing names the model.</exception>
    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ThrowIfNotSupported(options);
        ModelRequest request = new()
        {
            ItemId = Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture),
            Stage = _stage,
            Messages = options?.Instructions is { Length: > 0 } instructions ? [new ChatMessage(ChatRole.System, instructions), .. messages] : [.. messages],
            Sampling = SamplingOf(options),
        };
        if (request.Messages is [])
        {
            throw new ArgumentException("There is no message; expected at least one.", nameof(messages));
        }

        RequestOutcome outcome = await _runner.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return outcome.Reply is { } reply
            ? new ChatResponse(new ChatMessage(ChatRole.Assistant, reply.Text))
            {
                ModelId = reply.Model,
                FinishReason = reply.FinishReason is { } reason ? new ChatFinishReason(reason) : null,
                Usage = new UsageDetails
                {
                    InputTokenCount = reply.Usage.InputTokens,
                    OutputTokenCount = reply.Usage.OutputTokens,
                    TotalTokenCount = reply.Usage.InputTokens + reply.Usage.OutputTokens,
                },
            }
            : throw new RequestRunException($"Request {request.ItemId} ({_stage}) got no reply: {outcome.Failure!.Message}");
    }

    /// <summary>Gets the reply as <see cref="GetResponseAsync"/> does, in one piece.</summary>
    /// <param name="messages">The messages, of text alone.</param>
    /// <param name="options">The options; the model has to be named here or by the inner client's metadata.</param>
    /// <param name="cancellationToken">Gives the request up.</param>
    /// <returns>The reply.</returns>
    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ChatResponse response = await GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
        foreach (ChatResponseUpdate update in response.ToChatResponseUpdates())
        {
            yield return update;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _runner.Dispose();
        }

        base.Dispose(disposing);
    }

    private SamplingOptions SamplingOf(ChatOptions? options)
    {
        string model = options?.ModelId ?? this.GetService<ChatClientMetadata>()?.DefaultModelId
            ?? throw new ArgumentException($"Neither the options nor the inner client name a model; set {nameof(ChatOptions)}.{nameof(ChatOptions.ModelId)}.", nameof(options));
        SamplingOptions sampling = new() { Model = model, Temperature = options?.Temperature, TopP = options?.TopP, Seed = options?.Seed };
        return options?.MaxOutputTokens is { } most ? sampling with { MaxOutputTokens = most } : sampling;
    }

    private static void ThrowIfNotSupported(ChatOptions? options)
    {
        string? refused = options switch
        {
            null => null,
            { Tools: [var tool, ..] } => $"the tool '{tool.Name}'",
            { ResponseFormat: not (null or ChatResponseFormatText) } => "a response format other than text",
            { StopSequences: [_, ..] } => "stop sequences",
            { FrequencyPenalty: not null } => "a frequency penalty",
            { PresencePenalty: not null } => "a presence penalty",
            { TopK: not null } => "TopK",
            { ConversationId: not null } => "a conversation that the provider remembers",
            { AdditionalProperties: { Count: > 0 } more } => $"the property '{more.Keys.First()}'",
            _ => null,
        };
        if (refused is not null)
        {
            throw new NotSupportedException($"The journal does not tell requests apart by {refused}; ask the provider itself.");
        }
    }
}
