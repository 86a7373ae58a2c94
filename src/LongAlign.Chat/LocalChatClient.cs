using System.Runtime.CompilerServices;
using LongAlign.Data;
using LongAlign.Models;
using LongAlign.Models.Generation;
using Microsoft.Extensions.AI;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace LongAlign.Chat;

/// <summary>A model in this process as a chat client: what asks a provider may ask it.</summary>
/// <example>
/// <code>
/// using Microsoft.Extensions.AI;
///
/// using LocalChatClient client = new(model, tokenizer, ChatTemplate.LongAlignLlama, modelId: "tuned");
/// ChatResponse response = await client.GetResponseAsync("Who wrote Moby Dick?", new ChatOptions { MaxOutputTokens = 64, Temperature = 0 });
/// Console.WriteLine(response.Text);
/// </code>
/// </example>
/// <remarks>
/// Safe for several threads, which take turns: a model makes one answer at a time. The model is the caller's and outlives the client.
/// An answer ends with the template's end of turn, or with one of the ids that the model's configuration names. The paper's templates have
/// no place for a system message: its text goes in front of the first question, on separate lines, as in the reference's needle test. Tools, structured output, penalties and content other than text are refused by name.
/// </remarks>
public sealed class LocalChatClient : IChatClient
{
    private readonly CausalLanguageModel _model;
    private readonly ModelTokenizer _tokenizer;
    private readonly ChatTemplate _template;
    private readonly GenerationOptions _defaults;
    private readonly TokenGenerator _generator;
    private readonly ChatClientMetadata _metadata;
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Makes a client.</summary>
    /// <param name="model">The model; owned by the caller.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="template">The chat template that it learned.</param>
    /// <param name="modelId">The model's name in requests and journals.</param>
    /// <param name="defaults">The options where a request does not set them: greedy and at most 256 tokens by default.</param>
    public LocalChatClient(CausalLanguageModel model, ModelTokenizer tokenizer, ChatTemplate template, string modelId, GenerationOptions? defaults = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(template);
        ArgumentException.ThrowIfNullOrEmpty(modelId);
        _model = model;
        _tokenizer = tokenizer;
        _template = template;
        _generator = new TokenGenerator(model);
        _metadata = new ChatClientMetadata("longalign", defaultModelId: modelId);
        defaults ??= new GenerationOptions();
        _defaults = defaults with { StopTokenIds = defaults.StopTokenIds ?? [.. template.GetStopTokenIds(tokenizer).Concat(model.Config.StopTokenIds).Distinct()] };
    }

    /// <summary>Answers, and gives the answer as a whole.</summary>
    /// <inheritdoc cref="GetStreamingResponseAsync" path="/param"/>
    /// <inheritdoc cref="GetStreamingResponseAsync" path="/exception"/>
    /// <returns>The answer, with its finish reason (stop or length) and usage in tokens.</returns>
    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <summary>Answers, and gives the text as it comes.</summary>
    /// <param name="messages">The conversation; the last message is of the user.</param>
    /// <param name="options">Temperature, top-p, top-k, seed, tokens at most, stop sequences; what is not set is as in the client's defaults.</param>
    /// <param name="cancellationToken">Looked at between tokens.</param>
    /// <returns>Texts, never half a character; the last update has the finish reason and the usage.</returns>
    /// <exception cref="NotSupportedException">There is an option or content that the client has no use for, or more tokens than the model has positions.</exception>
    /// <exception cref="ChatDataException">The template has no place for a message.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        LocalChatRequest.ThrowIfNotSupported(options, _metadata.DefaultModelId!);
        int[] prompt = _template.EncodePrompt(_tokenizer, [.. LocalChatRequest.MessagesOf(messages, options, _template.HasSystemMessages)]);
        if (prompt.Length > _model.MaxPositions)
        {
            throw new NotSupportedException($"The prompt has {prompt.Length} tokens; the model {_metadata.DefaultModelId} has {_model.MaxPositions} positions.");
        }

        GenerationOptions generation = LocalChatRequest.GenerationOf(options, _defaults);
        return Stream(prompt, generation, options?.StopSequences is { Count: > 0 } stops ? [.. stops] : [], cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(_model) ? _model
            : null;
    }

    /// <summary>Ends the client; the model lives on.</summary>
    public void Dispose() => _turn.Dispose();

    private async IAsyncEnumerable<ChatResponseUpdate> Stream(
        int[] prompt, GenerationOptions options, string[] stops, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            AnswerText text = new(_tokenizer, stops);
            FinishReason reason = FinishReason.Length;
            string id = Guid.NewGuid().ToString("n");
            int tokens = 0;
            await foreach (GeneratedToken token in _generator.StreamAsync([prompt], options, cancellationToken).ConfigureAwait(false))
            {
                tokens++;
                string piece = token.FinishReason == FinishReason.Stop ? "" : text.Append(token.TokenId);
                reason = text.IsStopped ? FinishReason.Stop : token.FinishReason ?? reason;
                if (piece.Length > 0)
                {
                    yield return Update(id, new TextContent(piece));
                }

                if (text.IsStopped)
                {
                    break;
                }
            }

            if (text.End() is { Length: > 0 } rest)
            {
                yield return Update(id, new TextContent(rest));
            }

            ChatResponseUpdate last = Update(id, new UsageContent(new UsageDetails
            {
                InputTokenCount = prompt.Length,
                OutputTokenCount = tokens,
                TotalTokenCount = prompt.Length + tokens,
            }));
            last.FinishReason = reason == FinishReason.Stop ? ChatFinishReason.Stop : ChatFinishReason.Length;
            yield return last;
        }
        finally
        {
            _turn.Release();
        }
    }

    private ChatResponseUpdate Update(string id, AIContent content) => new(ChatRole.Assistant, [content])
    {
        ResponseId = id,
        MessageId = id,
        ModelId = _metadata.DefaultModelId,
    };
}
