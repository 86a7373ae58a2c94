using Microsoft.Extensions.AI;

namespace LongAlign.Requests.Tests;

/// <summary>A chat client that answers by a script and counts the calls of each text.</summary>
internal sealed class ScriptedClient(Func<string, int, CancellationToken, Task<ChatResponse>> script) : IChatClient
{
    private readonly Dictionary<string, int> _calls = [];

    public ScriptedClient(Func<string, int, string> script)
        : this((text, call, _) => Task.FromResult(Reply(script(text, call))))
    {
    }

    public IReadOnlyDictionary<string, int> Calls => _calls;

    public int CallCount => _calls.Values.Sum();

    public int Running { get; private set; }

    public int MostRunning { get; private set; }

    public static ChatResponse Reply(string text, int input = 100, int output = 10) => new(new Microsoft.Extensions.AI.ChatMessage(ChatRole.Assistant, text))
    {
        FinishReason = ChatFinishReason.Stop,
        Usage = new UsageDetails { InputTokenCount = input, OutputTokenCount = output },
    };

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        string text = messages.Last().Text;
        int call;
        lock (_calls)
        {
            call = _calls[text] = _calls.GetValueOrDefault(text) + 1;
            Running++;
            MostRunning = Math.Max(MostRunning, Running);
        }

        try
        {
            return await script(text, call, cancellationToken);
        }
        finally
        {
            lock (_calls)
            {
                Running--;
            }
        }
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => throw new NotSupportedException();

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}
