using Microsoft.Extensions.AI;

namespace LongAlign.Requests.Tests;

public class JournalingChatClientTests
{
    private static readonly ChatOptions Options = new() { ModelId = "m", MaxOutputTokens = 50, Temperature = 0 };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reply_is_paid_for_once_whoever_asks_and_in_the_next_run()
    {
        using TemporaryFolder folder = new();
        ScriptedClient provider = new((text, call) => $"<think>hm</think>{text} {call}");
        for (int run = 0; run < 2; run++)
        {
            using RequestJournal journal = RequestJournal.Open(folder.File("journal.jsonl"));
            using JournalingChatClient client = new(provider, journal, RequestTest.Quick);

            ChatResponse first = await client.GetResponseAsync("Why?", Options, Stop);
            ChatResponse again = await client.GetResponseAsync("Why?", Options, Stop);
            ChatResponse streamed = await client.GetStreamingResponseAsync("Why?", Options, Stop).ToChatResponseAsync(Stop);

            Assert.Equal(["Why? 1", "Why? 1", "Why? 1"], [first.Text, again.Text, streamed.Text]);
            Assert.Equal((100, 10, 110), (first.Usage!.InputTokenCount, first.Usage.OutputTokenCount, first.Usage.TotalTokenCount));
            Assert.Equal((ChatFinishReason.Stop, "m"), (first.FinishReason, first.ModelId));
            Assert.Equal((3, 1 - run), (client.Report.Stages[0].Requests, client.Report.Stages[0].Calls));
        }

        Assert.Equal(1, provider.CallCount);
    }

    [Fact]
    public async Task What_decides_the_reply_is_part_of_the_key()
    {
        using TemporaryFolder folder = new();
        ScriptedClient provider = new((text, call) => $"{text} {call}");
        using RequestJournal journal = RequestJournal.Open(folder.File("journal.jsonl"));
        using JournalingChatClient client = new(provider, journal, RequestTest.Quick);

        ChatOptions[] different = [Options, With(o => o.Temperature = 1), With(o => o.Seed = 3), With(o => o.TopP = 0.5f), With(o => o.ModelId = "n"), With(o => o.MaxOutputTokens = 5), With(o => o.Instructions = "Be short.")];
        foreach (ChatOptions options in different)
        {
            await client.GetResponseAsync("Why?", options, Stop);
        }

        Assert.Equal(different.Length, provider.CallCount);
    }

    [Fact]
    public async Task What_is_not_part_of_the_key_is_refused_by_name()
    {
        using TemporaryFolder folder = new();
        ScriptedClient provider = new((text, _) => text);
        using RequestJournal journal = RequestJournal.Open(folder.File("journal.jsonl"));
        using JournalingChatClient client = new(provider, journal);

        await Refused("stop sequences", With(o => o.StopSequences = ["."]));
        await Refused("TopK", With(o => o.TopK = 3));
        await Refused("response format", With(o => o.ResponseFormat = ChatResponseFormat.Json));
        await Refused("the tool 'look'", With(o => o.Tools = [AIFunctionFactory.Create(() => 1, "look")]));
        await Refused("the property 'beams'", With(o => o.AdditionalProperties = new() { ["beams"] = 4 }));
        NotSupportedException picture = await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync([new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")])], Options, Stop));
        Assert.Equal("1 (chat): a message of the user has DataContent; expected text alone.", picture.Message);
        Assert.Contains("ModelId", (await Assert.ThrowsAsync<ArgumentException>(() => client.GetResponseAsync("Why?", null, Stop))).Message, StringComparison.Ordinal);
        Assert.Contains("no message", (await Assert.ThrowsAsync<ArgumentException>(() => client.GetResponseAsync([], Options, Stop))).Message, StringComparison.Ordinal);
        Assert.Equal(0, provider.CallCount);

        async Task Refused(string name, ChatOptions options)
            => Assert.Contains(name, (await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync("Why?", options, Stop))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_that_lasts_is_an_exception_and_one_that_passes_is_not()
    {
        using TemporaryFolder folder = new();
        ScriptedClient provider = new((text, call, _) => text == "never" ? throw new StatusException(400, "bad question")
            : call == 1 ? throw new StatusException(503, "busy") : Task.FromResult(ScriptedClient.Reply("at last")));
        using RequestJournal journal = RequestJournal.Open(folder.File("journal.jsonl"));
        using JournalingChatClient client = new(provider, journal, RequestTest.Quick, stage: "ask");

        Assert.Equal("at last", (await client.GetResponseAsync("soon", Options, Stop)).Text);
        Assert.Equal("Request 2 (ask) got no reply: HTTP 400: bad question", (await Assert.ThrowsAsync<RequestRunException>(() => client.GetResponseAsync("never", Options, Stop))).Message);
    }

    private static ChatOptions With(Action<ChatOptions> change)
    {
        ChatOptions options = Options.Clone();
        change(options);
        return options;
    }
}
