using Microsoft.Extensions.AI;

namespace LongAlign.Requests.Tests;

/// <summary>Short ways to ask.</summary>
internal static class RequestTest
{
    public static readonly RequestRunnerOptions Quick = new() { FirstDelay = TimeSpan.FromMilliseconds(1), InitialConcurrency = 8 };

    public static ModelRequest Ask(string text, string stage = "ask") => new()
    {
        ItemId = $"item {text}",
        Stage = stage,
        Messages = [new ChatMessage(ChatRole.User, text)],
        Sampling = new SamplingOptions { Model = "m", MaxOutputTokens = 50 },
    };

    public static string[] Texts(int count) => [.. Enumerable.Range(0, count).Select(i => $"question {i}")];

    /// <summary>Asks all texts in one run; a failure reads "! " and its kind.</summary>
    public static async Task<string[]> RunAsync(
        ScriptedClient client, string journalPath, IEnumerable<string> texts, RequestRunnerOptions? options = null, CancellationToken cancellationToken = default)
    {
        using RequestJournal journal = RequestJournal.Open(journalPath);
        using RequestRunner runner = new(client, journal, options ?? Quick);
        return await runner.RunAsync(texts, async (text, token) =>
        {
            RequestOutcome outcome = await runner.SendAsync(Ask(text), token);
            return outcome.Reply?.Text ?? $"! {outcome.Failure!.Kind}";
        }, cancellationToken).ToArrayAsync(CancellationToken.None);
    }

    public static async Task<RequestFailure> FailureOf(Exception exception, RequestRunnerOptions? options = null)
    {
        using TemporaryFolder folder = new();
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        ScriptedClient client = new((_, _, _) => throw exception);
        using RequestRunner runner = new(client, journal, (options ?? Quick) with { MaxAttempts = 1 });
        return (await runner.SendAsync(Ask("a"))).Failure!;
    }
}
