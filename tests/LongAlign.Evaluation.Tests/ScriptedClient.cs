using Microsoft.Extensions.AI;

namespace LongAlign.Evaluation.Tests;

/// <summary>A chat client that answers by a script and counts its calls.</summary>
internal sealed class ScriptedClient(Func<string, string> script) : IChatClient
{
    private int _calls;

    public int Calls => _calls;

    public ChatFinishReason FinishReason { get; init; } = ChatFinishReason.Stop;

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _calls);
        return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, script(messages.Last().Text)))
        {
            FinishReason = FinishReason,
            Usage = new UsageDetails { InputTokenCount = 100, OutputTokenCount = 10 },
        });
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}
