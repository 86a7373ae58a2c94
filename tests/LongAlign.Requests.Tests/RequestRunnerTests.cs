using CsCheck;
using Microsoft.Extensions.AI;

namespace LongAlign.Requests.Tests;

public class RequestRunnerTests
{
    private static readonly Dictionary<string, TokenPrice> Prices = new() { ["m"] = new TokenPrice(1_000_000, 10_000_000) };

    [Fact]
    public async Task After_a_failure_that_ends_the_run_no_further_call_is_made()
    {
        for (int run = 0; run < 200; run++)
        {
            using TemporaryFolder folder = new();
            ScriptedClient client = new((_, _, _) => Task.FromException<ChatResponse>(new StatusException(401, "no such key")));
            using RequestJournal journal = RequestJournal.Open(folder.File("journal.jsonl"));
            using RequestRunner runner = new(client, journal, RequestTest.Quick with { MaxConcurrency = 1 });

            await Assert.ThrowsAsync<RequestRunException>(() => Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => runner.SendAsync(RequestTest.Ask($"{i}"))))));

            Assert.Equal(1, client.CallCount);
        }
    }

    [Fact]
    public async Task Results_come_in_the_order_of_the_items_whatever_fails_and_however_many_calls_run()
    {
        using TemporaryFolder folder = new();
        int number = 0;
        await Gen.Select(Gen.Int[1, 40], Gen.Int[1, 9], Gen.Int[0, 2].Array[40]).SampleAsync(async (count, concurrency, failures) =>
        {
            string[] texts = RequestTest.Texts(count);
            ScriptedClient client = new(async (text, call, token) =>
            {
                int item = Array.IndexOf(texts, text);
                await Task.Delay((item * 7) % 3, token);
                return call > failures[item] ? ScriptedClient.Reply($"answer to {text}") : throw new StatusException(call == 1 ? 429 : 500, "busy");
            });
            string[] results = await RequestTest.RunAsync(
                client, folder.File($"{Interlocked.Increment(ref number)}"), texts, RequestTest.Quick with { MaxConcurrency = concurrency });
            Assert.Equal(texts.Select(text => $"answer to {text}"), results);
            Assert.All(texts, (text, item) => Assert.Equal(failures[item] + 1, client.Calls[text]));
            Assert.InRange(client.MostRunning, 1, concurrency);
        }, iter: 10, threads: 1);
    }

    [Fact]
    public async Task A_second_run_makes_no_call_and_gives_the_same()
    {
        using TemporaryFolder folder = new();
        string[] first = await RequestTest.RunAsync(new ScriptedClient((text, _) => Guid.NewGuid() + text), folder.File("journal"), RequestTest.Texts(20));
        ScriptedClient second = new((_, _) => throw new InvalidOperationException());
        Assert.Equal(first, await RequestTest.RunAsync(second, folder.File("journal"), RequestTest.Texts(20)));
        Assert.Equal(0, second.CallCount);
    }

    [Fact]
    public async Task The_same_request_asked_twice_at_once_is_one_call()
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new(async (text, _, token) =>
        {
            await Task.Delay(5, token);
            return ScriptedClient.Reply(text);
        });
        string[] results = await RequestTest.RunAsync(client, folder.File("journal"), Enumerable.Repeat("same", 10));
        Assert.Equal((10, 1), (results.Length, client.CallCount));
    }

    [Fact]
    public void Every_part_of_a_request_but_the_item_is_in_its_key()
    {
        ModelRequest request = RequestTest.Ask("a");
        SamplingOptions sampling = request.Sampling;
        string[] keys =
        [
            .. new[]
            {
                request,
                request with { Stage = "other" },
                request with { Repetition = 1 },
                request with { Messages = [new ChatMessage(ChatRole.System, "a")] },
                request with { Messages = [new ChatMessage(ChatRole.User, "b")] },
                request with { Messages = [new ChatMessage(ChatRole.User, "a"), new ChatMessage(ChatRole.User, "a")] },
                request with { Sampling = sampling with { Model = "n" } },
                request with { Sampling = sampling with { MaxOutputTokens = 51 } },
                request with { Sampling = sampling with { Temperature = 1 } },
                request with { Sampling = sampling with { TopP = 1 } },
                request with { Sampling = sampling with { Seed = 1 } },
            }.Select(each => each.GetKey()),
        ];
        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.Equal(keys[0], (request with { ItemId = "other" }).GetKey());
    }

    [Fact]
    public async Task A_failure_that_may_pass_is_tried_again_by_this_run_and_the_next()
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new((text, call) => text == "question 1" && call < 6 ? throw new StatusException(500, "oops") : text);
        System.Collections.Concurrent.ConcurrentQueue<string> told = [];
        RequestRunnerOptions options = RequestTest.Quick with { MaxAttempts = 3, Retrying = (failure, _) => told.Enqueue(failure.Message) };
        Assert.Equal(["question 0", "! Retryable", "question 2"], await RequestTest.RunAsync(client, folder.File("journal"), RequestTest.Texts(3), options));
        Assert.Equal(3, client.Calls["question 1"]);
        Assert.Equal(["HTTP 500: oops", "HTTP 500: oops"], told); // not the last, which is not tried again
        Assert.Equal(RequestTest.Texts(3), await RequestTest.RunAsync(client, folder.File("journal"), RequestTest.Texts(3), options));
        Assert.Equal((6, 1), (client.Calls["question 1"], client.Calls["question 0"]));
    }

    [Fact]
    public async Task A_failure_for_good_is_one_call_and_is_tried_again_only_if_asked_for()
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new((text, _) => text == "question 1" ? throw new StatusException(400, "too long") : text);
        for (int run = 0; run < 2; run++)
        {
            Assert.Equal(["question 0", "! PermanentForItem", "question 2"], await RequestTest.RunAsync(client, folder.File("journal"), RequestTest.Texts(3)));
            Assert.Equal(1, client.Calls["question 1"]);
        }

        await RequestTest.RunAsync(client, folder.File("journal"), RequestTest.Texts(3), RequestTest.Quick with { RetryPermanentFailures = true });
        Assert.Equal((2, 1), (client.Calls["question 1"], client.Calls["question 0"]));
    }

    [Theory]
    [InlineData(401, "wrong key")]
    [InlineData(404, "no such model")]
    [InlineData(429, "insufficient_quota")]
    public async Task A_failure_of_the_whole_run_stops_it_and_keeps_what_is_paid(int status, string message)
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new((text, _) => text == "question 9" ? throw new StatusException(status, message) : text);
        RequestRunException e = await Assert.ThrowsAsync<RequestRunException>(
            () => RequestTest.RunAsync(client, folder.File("journal"), RequestTest.Texts(200), RequestTest.Quick with { MaxConcurrency = 2 }));
        Assert.Contains($"HTTP {status}: {message}", e.Message, StringComparison.Ordinal);
        Assert.Contains("item question 9", e.Message, StringComparison.Ordinal);
        Assert.InRange(client.CallCount, 1, 20); // of 200
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        Assert.Equal((client.CallCount - 1, 0), (journal.ReplyCount, journal.CallsInDoubt));
    }

    [Fact]
    public async Task A_client_that_is_closed_stops_the_run()
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new((text, _) => text == "question 9" ? throw new ObjectDisposedException("the client") : text);
        RequestRunException e = await Assert.ThrowsAsync<RequestRunException>(
            () => RequestTest.RunAsync(client, folder.File("journal"), RequestTest.Texts(200), RequestTest.Quick with { MaxConcurrency = 1 }));
        Assert.Contains("the client", e.Message, StringComparison.Ordinal);
        Assert.Equal(1, client.Calls["question 9"]);
        Assert.InRange(client.CallCount, 1, 20); // of 200
    }

    [Fact]
    public async Task A_run_in_which_nothing_succeeds_is_an_error()
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new((_, _) => throw new StatusException(400, "no"));
        RequestRunException e = await Assert.ThrowsAsync<RequestRunException>(() => RequestTest.RunAsync(client, folder.File("journal"), RequestTest.Texts(3)));
        Assert.Contains("Not one of 3 requests got a reply", e.Message, StringComparison.Ordinal);
        Assert.Contains("HTTP 400: no", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retry_After_holds_back_every_call()
    {
        using TemporaryFolder folder = new();
        TimeSpan? turnedAway = null;
        List<TimeSpan> later = [];
        long begin = TimeProvider.System.GetTimestamp();
        ScriptedClient client = new((text, _, _) =>
        {
            TimeSpan now = TimeProvider.System.GetElapsedTime(begin);
            if (turnedAway is null)
            {
                turnedAway = now;
                throw new StatusException(429, "slow down", ("retry-after-ms", "300"));
            }

            lock (later)
            {
                later.Add(now);
            }

            return Task.FromResult(ScriptedClient.Reply(text));
        });
        Assert.Equal(RequestTest.Texts(5), await RequestTest.RunAsync(client, folder.File("journal"), RequestTest.Texts(5), RequestTest.Quick with { MaxConcurrency = 1 }));
        Assert.All(later, time => Assert.True(time - turnedAway > TimeSpan.FromMilliseconds(280), $"{time} after {turnedAway}"));
    }

    [Fact]
    public async Task Items_are_taken_only_a_little_ahead_and_calls_under_way_are_waited_for_when_the_run_is_left()
    {
        using TemporaryFolder folder = new();
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        ScriptedClient client = new(async (text, _, _) =>
        {
            await Task.Delay(20, CancellationToken.None);
            return ScriptedClient.Reply(text);
        });
        using RequestRunner runner = new(client, journal, RequestTest.Quick with { MaxConcurrency = 2 });
        int taken = 0;
        await foreach (RequestOutcome _ in runner.RunAsync(Items(), (text, token) => runner.SendAsync(RequestTest.Ask(text), token)))
        {
            break;
        }

        Assert.InRange(taken, 1, 1 + (4 * 2));
        Assert.Equal((0, client.CallCount), (client.Running, journal.ReplyCount));

        IEnumerable<string> Items()
        {
            for (; taken < 10_000;)
            {
                yield return $"question {taken++}";
            }
        }
    }

    [Fact]
    public async Task A_pause_of_a_day_stops_the_run()
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new((_, _) => throw new StatusException(429, "quota of the day", ("retry-after", "86400")));
        RequestRunException e = await Assert.ThrowsAsync<RequestRunException>(() => RequestTest.RunAsync(client, folder.File("journal"), RequestTest.Texts(3)));
        Assert.Contains("1.00:00:00", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_takes_too_long_is_given_up_even_if_the_client_heeds_no_token()
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new((text, call, _) => call == 1 ? new TaskCompletionSource<ChatResponse>().Task : Task.FromResult(ScriptedClient.Reply(text)));
        RequestRunnerOptions options = RequestTest.Quick with { AttemptTimeout = TimeSpan.FromMilliseconds(50), Prices = Prices };
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        using RequestRunner runner = new(client, journal, options);
        Assert.Equal("a", (await runner.SendAsync(RequestTest.Ask("a"))).Reply!.Text);
        StageReport report = Assert.Single(runner.Report.Stages);
        Assert.Equal((2, 1, 200m), (report.Calls, report.RateLimited, report.Cost));
        Assert.Equal(16 + 8 + 1 + 500m, report.CostInDoubt); // the one given up may be paid for
    }

    [Fact]
    public async Task An_empty_reply_without_a_reason_is_tried_again()
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new((text, call, _) => Task.FromResult(call == 1 ? new ChatResponse([]) : ScriptedClient.Reply(text)));
        Assert.Equal(["a"], await RequestTest.RunAsync(client, folder.File("journal"), ["a"]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task The_budget_is_never_exceeded_and_a_larger_one_goes_on(int concurrency)
    {
        // A call costs 100 + 10 × 10 = 200 and at worst 34 or 35 + 500.
        using TemporaryFolder folder = new();
        RequestRunnerOptions options = RequestTest.Quick with { MaxConcurrency = concurrency, Prices = Prices, Budget = 2_000 };
        ScriptedClient client = new((text, _) => text);
        RequestRunException e = await Assert.ThrowsAsync<RequestRunException>(() => RequestTest.RunAsync(client, folder.File("journal"), RequestTest.Texts(20), options));
        Assert.Contains("budget of 2000 has 400 left", e.Message, StringComparison.Ordinal);
        Assert.Equal(8, client.CallCount); // 8 × 200 + 534 > 2,000
        await Assert.ThrowsAsync<RequestRunException>(() => RequestTest.RunAsync(client, folder.File("journal"), RequestTest.Texts(20), options));
        Assert.Equal(8, client.CallCount);
        Assert.Equal(RequestTest.Texts(20), await RequestTest.RunAsync(client, folder.File("journal"), RequestTest.Texts(20), options with { Budget = 20_000 }));
        Assert.Equal(20, client.CallCount);
    }

    [Fact]
    public async Task What_calls_under_way_may_cost_is_set_aside()
    {
        // Each costs its worst case, 34 + 500: three fit a budget of 2,000, and none of them is answered before the others are sent.
        using TemporaryFolder folder = new();
        ScriptedClient client = new(async (text, _, token) =>
        {
            await Task.Delay(100, token);
            return ScriptedClient.Reply(text, 34, 50);
        });
        RequestRunnerOptions options = RequestTest.Quick with { MaxConcurrency = 8, Prices = Prices, Budget = 2_000 };
        await Assert.ThrowsAsync<RequestRunException>(() => RequestTest.RunAsync(client, folder.File("journal"), RequestTest.Texts(8), options));
        Assert.Equal((3, 3), (client.CallCount, client.MostRunning));
    }

    [Fact]
    public async Task A_budget_without_a_price_is_an_error()
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new((text, _) => text);
        await Assert.ThrowsAsync<ArgumentException>(() => RequestTest.RunAsync(client, folder.File("journal"), ["a"], RequestTest.Quick with { Budget = 1 }));
        Assert.Equal(0, client.CallCount);
    }

    [Fact]
    public async Task Cancellation_is_no_failure_and_leaves_the_call_in_doubt()
    {
        using TemporaryFolder folder = new();
        using CancellationTokenSource cancellation = new();
        int calls = 0;
        ScriptedClient client = new(async (text, _, token) =>
        {
            if (Interlocked.Increment(ref calls) == 3)
            {
                await cancellation.CancelAsync();
                token.ThrowIfCancellationRequested();
            }

            return ScriptedClient.Reply(text);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RequestTest.RunAsync(
            client, folder.File("journal"), RequestTest.Texts(9), RequestTest.Quick with { MaxConcurrency = 1 }, cancellation.Token));
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        Assert.Equal((2, 1), (journal.ReplyCount, journal.CallsInDoubt));
    }

    [Fact]
    public async Task An_estimate_counts_each_request_once_and_nothing_that_the_journal_has()
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new((text, _) => text);
        await RequestTest.RunAsync(client, folder.File("journal"), ["a"]);
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        using RequestRunner runner = new(client, journal, RequestTest.Quick with { Prices = Prices, CountTokens = text => text.Length });
        CostEstimate estimate = runner.Estimate([RequestTest.Ask("a"), RequestTest.Ask("bc"), RequestTest.Ask("bc")]);
        Assert.Equal(new CostEstimate { Requests = 2, FromJournal = 1, Usage = new RequestUsage { InputTokens = 26, OutputTokens = 50 }, Cost = 526 }, estimate);
        Assert.Equal(1, client.CallCount);
    }

    [Fact]
    public async Task Cost_is_usage_times_price_with_cached_tokens_at_their_own()
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new((_, _, _) => Task.FromResult(new ChatResponse(new Microsoft.Extensions.AI.ChatMessage(ChatRole.Assistant, "x"))
        {
            Usage = new UsageDetails { InputTokenCount = 1_000, CachedInputTokenCount = 900, OutputTokenCount = 7 },
        }));
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        using RequestRunner runner = new(client, journal, RequestTest.Quick with
        {
            Prices = new Dictionary<string, TokenPrice> { ["m"] = new(2, 8) { CachedInputPerMillion = 0.5m } },
        });
        await runner.SendAsync(RequestTest.Ask("a"));
        Assert.Equal(((100 * 2m) + (900 * 0.5m) + (7 * 8)) / 1e6m, runner.Report.Cost);
    }

    [Fact]
    public async Task A_provider_that_tells_no_usage_is_reckoned_at_the_worst_case()
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new((_, _, _) => Task.FromResult(new ChatResponse(new Microsoft.Extensions.AI.ChatMessage(ChatRole.Assistant, "x"))));
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        using RequestRunner runner = new(client, journal, RequestTest.Quick);
        Assert.Equal(new RequestUsage { InputTokens = 25, OutputTokens = 50, IsEstimated = true }, (await runner.SendAsync(RequestTest.Ask("a"))).Reply!.Usage);
    }
}
