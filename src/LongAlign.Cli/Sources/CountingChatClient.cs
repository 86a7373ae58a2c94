using Microsoft.Extensions.AI;

namespace LongAlign.Cli.Sources;

/// <summary>Tells after each answer how many there were. The inner client stays its owner's.</summary>
internal sealed class CountingChatClient(IChatClient inner, Action<int> report) : IChatClient
{
    private readonly Lock _lock = new();
    private int _answers;

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatResponse response = await inner.GetResponseAsync(messages, options, cancellationToken);
        lock (_lock)
        {
            report(++_answers);
        }

        return response;
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => inner.GetStreamingResponseAsync(messages, options, cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) => inner.GetService(serviceType, serviceKey);

    public void Dispose()
    {
    }
}
