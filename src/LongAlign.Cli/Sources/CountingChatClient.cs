using Microsoft.Extensions.AI;

namespace LongAlign.Cli.Sources;

/// <summary>Tells after each answer how many there were. The inner client stays its owner's.</summary>
internal sealed class CountingChatClient(IChatClient inner, Action<int> report) : DelegatingChatClient(inner)
{
    private readonly Lock _lock = new();
    private int _answers;

    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatResponse response = await base.GetResponseAsync(messages, options, cancellationToken);
        lock (_lock)
        {
            report(++_answers);
        }

        return response;
    }

    protected override void Dispose(bool disposing) => base.Dispose(disposing: false);
}
