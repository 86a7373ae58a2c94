using System.Collections.Concurrent;
using LongAlign.Data.SelfInstruct;
using LongAlign.Requests;
using LongAlign.Requests.Tests;
using LongAlign.Testing.Http;

namespace LongAlign.Data.Tests.SelfInstruct;

[Trait("Speed", "Slow")]
public class HttpFaultTests
{
    private static readonly RequestRunnerOptions Impatient = RequestTest.Quick with { AttemptTimeout = TimeSpan.FromSeconds(1), MaxAttempts = 4 };

    public static TheoryData<string, int> Faults => new()
    {
        { "429", 1 },
        { "500", 0 },
        { "time-out", 1 },
        { "cut", 0 },
        { "malformed", 0 },
        { "page", 0 },
        { "nothing", 0 },
        { "no choices", 0 },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_of_each_kind_is_outlived_and_leaves_no_trace_in_the_rows(string kind, int rateLimited)
    {
        using TemporaryFolder folder = new();
        byte[] expected = await Undisturbed(folder);
        await using FaultyEndpoint endpoint = await FaultyEndpoint.StartAsync(InstructionTest.Answer, (number, _, context) => number == 3 ? HttpFault.MakeAsync(kind, context) : Task.FromResult(false));
        LongInstructionReport report = await Generate(endpoint, folder.File("journal"), folder.File("rows"), Impatient with { MaxConcurrency = 2 });
        Assert.Equal(expected, File.ReadAllBytes(folder.File("rows")));
        Assert.Equal(2 * 6 + 1, endpoint.Texts.Count);
        Assert.Equal(rateLimited, report.Requests.Stages.Sum(stage => stage.RateLimited));
        Assert.Equal((12, 0), (report.Requests.Stages.Sum(stage => stage.Answered), report.Requests.Stages.Sum(stage => stage.Failed)));
    }

    [Fact]
    public async Task A_storm_of_faults_of_all_kinds_is_outlived()
    {
        using TemporaryFolder folder = new();
        byte[] expected = await Undisturbed(folder);
        string[] kinds = [.. Faults.Select(row => row.Data.Item1).Where(kind => kind != "time-out")];
        ConcurrentDictionary<string, bool> failed = new();
        await using FaultyEndpoint endpoint = await FaultyEndpoint.StartAsync(
            InstructionTest.Answer, (number, text, context) => failed.TryAdd(text, true) ? HttpFault.MakeAsync(kinds[number % kinds.Length], context) : Task.FromResult(false));
        await Generate(endpoint, folder.File("journal"), folder.File("rows"), Impatient);
        Assert.Equal(expected, File.ReadAllBytes(folder.File("rows")));
    }

    [Fact]
    public async Task Retry_After_of_a_real_reply_is_heeded()
    {
        using TemporaryFolder folder = new();
        List<TimeSpan> times = [];
        long begin = TimeProvider.System.GetTimestamp();
        await using FaultyEndpoint endpoint = await FaultyEndpoint.StartAsync(InstructionTest.Answer, (number, _, context) =>
        {
            lock (times)
            {
                times.Add(TimeProvider.System.GetElapsedTime(begin));
            }

            return number == 1 ? HttpFault.MakeAsync("429", context) : Task.FromResult(false);
        });
        await Generate(endpoint, folder.File("journal"), folder.File("rows"), Impatient with { MaxConcurrency = 1 });
        Assert.True(times[1] - times[0] > TimeSpan.FromSeconds(0.95), $"{times[1] - times[0]}");
    }

    [Fact]
    public async Task A_wrong_key_is_one_call_and_stands_in_no_file_and_no_message()
    {
        using TemporaryFolder folder = new();
        await using FaultyEndpoint endpoint = await FaultyEndpoint.StartAsync(InstructionTest.Answer, (_, _, context) =>
        {
            context.Response.StatusCode = 401;
            string sent = context.Request.Headers.Authorization.ToString();
            return HttpFault.WriteAsync(context, $$$"""{"error":{"message":"{{{sent}}}: incorrect API key {{{sent[7..]}}}","type":"invalid_request_error","code":"invalid_api_key"}}""");
        });
        RequestRunException e = await Assert.ThrowsAsync<RequestRunException>(
            () => Generate(endpoint, folder.File("journal"), folder.File("rows"), Impatient with { MaxConcurrency = 1 }));
        Assert.Contains("401", e.Message, StringComparison.Ordinal);
        Assert.Single(endpoint.Texts);
        Assert.DoesNotContain("loopback-0123456789", e.ToString() + File.ReadAllText(folder.File("journal")), StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("rows")));
    }

    [Fact]
    public async Task A_document_that_is_too_long_for_the_model_is_dropped_with_the_providers_words()
    {
        using TemporaryFolder folder = new();
        await using FaultyEndpoint endpoint = await FaultyEndpoint.StartAsync(InstructionTest.Answer, (_, text, context) =>
        {
            if (!text.StartsWith("Document 2 ", StringComparison.Ordinal))
            {
                return Task.FromResult(false);
            }

            context.Response.StatusCode = 400;
            return HttpFault.WriteAsync(context, """{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","code":"context_length_exceeded"}}""");
        });
        LongInstructionReport report = await Generate(endpoint, folder.File("journal"), folder.File("rows"), Impatient);
        DroppedDocument dropped = Assert.Single(report.Dropped);
        Assert.Equal(("doc 2", DropReason.RequestFailed), (dropped.Id, dropped.Reason));
        Assert.Contains("maximum context length is 8192", dropped.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Usage_model_and_finish_reason_are_the_providers()
    {
        using TemporaryFolder folder = new();
        await using FaultyEndpoint endpoint = await FaultyEndpoint.StartAsync(InstructionTest.Answer);
        await Generate(endpoint, folder.File("journal"), folder.File("rows"), Impatient);
        string row = File.ReadLines(folder.File("rows")).First();
        Assert.Contains("\"model\":\"m-2026\"", row, StringComparison.Ordinal);
        Assert.Contains("\"cached_input_tokens\":7", row, StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"stop\"", row, StringComparison.Ordinal);
    }

    private static async Task<byte[]> Undisturbed(TemporaryFolder folder)
    {
        await using FaultyEndpoint endpoint = await FaultyEndpoint.StartAsync(InstructionTest.Answer);
        await Generate(endpoint, folder.File("undisturbed journal"), folder.File("undisturbed"), Impatient);
        return File.ReadAllBytes(folder.File("undisturbed"));
    }

    private static async Task<LongInstructionReport> Generate(FaultyEndpoint endpoint, string journalPath, string rows, RequestRunnerOptions requests)
    {
        using RequestJournal journal = RequestJournal.Open(journalPath);
        return await new LongInstructionGenerator(endpoint.CreateClient(), journal, InstructionTest.Options with { Requests = requests })
            .WriteAsync(InstructionTest.Documents(6), rows);
    }
}
