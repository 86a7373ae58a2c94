using Microsoft.Extensions.AI;

namespace LongAlign.Requests.Tests;

/// <summary>One key asked for by several callers: paid for once, whoever comes when and whoever gives up.</summary>
public class SharedCallTests
{
    [Fact]
    public async Task Callers_at_once_pay_nothing_for_what_the_journal_has()
    {
        using TemporaryFolder folder = new();
        await RequestTest.RunAsync(new ScriptedClient((text, _) => text), folder.File("journal"), ["same"]);
        ScriptedClient client = new((text, _) => text);
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        using RequestRunner runner = new(client, journal, RequestTest.Quick);
        using Barrier barrier = new(8);
        Task<RequestOutcome>[] callers = [.. Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                barrier.SignalAndWait();
                return runner.SendAsync(RequestTest.Ask("same"));
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap())];
        Assert.All(await Task.WhenAll(callers), outcome => Assert.Equal("same", outcome.Reply!.Text));
        StageReport report = Assert.Single(runner.Report.Stages);
        Assert.Equal((0, 8, 8, 8), (client.CallCount, report.Requests, report.Answered, report.FromJournal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task One_caller_s_cancellation_is_not_the_other_s(int leaving)
    {
        using TemporaryFolder folder = new();
        TaskCompletionSource answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ScriptedClient client = new(async (text, _, token) =>
        {
            await answered.Task.WaitAsync(token);
            return ScriptedClient.Reply(text);
        });
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        using RequestRunner runner = new(client, journal, RequestTest.Quick);
        using CancellationTokenSource cancellation = new();
        Task<RequestOutcome>[] callers = [.. Enumerable.Range(0, 2)
            .Select(i => runner.SendAsync(RequestTest.Ask("same") with { ItemId = $"{i}" }, i == leaving ? cancellation.Token : CancellationToken.None))];
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => callers[leaving]); // at once, though no answer is there
        answered.SetResult();
        RequestOutcome outcome = await callers[1 - leaving];
        Assert.Equal(("same", $"{1 - leaving}"), (outcome.Reply!.Text, outcome.Request.ItemId));
        Assert.Equal((1, 1), (client.CallCount, journal.ReplyCount));
    }

    [Fact]
    public async Task A_call_that_all_have_given_up_is_given_up_and_one_who_comes_then_makes_another()
    {
        using TemporaryFolder folder = new();
        TaskCompletionSource gaveUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ScriptedClient client = new(async (text, call, token) =>
        {
            if (call == 1)
            {
                await Task.Delay(Timeout.Infinite, token).ContinueWith(_ => gaveUp.SetResult(), TaskScheduler.Default);
                token.ThrowIfCancellationRequested();
            }

            return ScriptedClient.Reply(text);
        });
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        using RequestRunner runner = new(client, journal, RequestTest.Quick);
        using CancellationTokenSource one = new();
        using CancellationTokenSource other = new();
        Task<RequestOutcome>[] callers = [runner.SendAsync(RequestTest.Ask("same"), one.Token), runner.SendAsync(RequestTest.Ask("same"), other.Token)];
        await one.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => callers[0]);
        Assert.False(callers[1].IsCompleted);
        await other.CancelAsync();
        Task<RequestOutcome> late = runner.SendAsync(RequestTest.Ask("same"));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => callers[1]);
        Assert.Equal("same", (await late).Reply!.Text);
        Assert.Equal(2, client.CallCount);
        await gaveUp.Task.WaitAsync(TimeSpan.FromMinutes(1)); // the runner does not wait for a client that is slow to give up
    }

    [Fact]
    public async Task A_caller_who_gave_up_before_gets_what_the_journal_has_and_makes_no_call()
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new((text, _) => text);
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        using RequestRunner runner = new(client, journal, RequestTest.Quick);
        CancellationToken cancelled = new(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => runner.SendAsync(RequestTest.Ask("a"), cancelled));
        Assert.Equal(0, client.CallCount);
        await runner.SendAsync(RequestTest.Ask("a"), CancellationToken.None);
        Assert.Equal("a", (await runner.SendAsync(RequestTest.Ask("a"), cancelled)).Reply!.Text);
        Assert.Equal(1, client.CallCount);
    }

    /// <summary>Many callers of few keys, a provider that turns most calls away, and callers that give up: each key that someone waits for is paid for once.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Each_key_is_paid_for_once_in_a_storm(int seed)
    {
        using TemporaryFolder folder = new();
        Random random = new(seed);
        Dictionary<string, int> paid = [];
        ScriptedClient client = new(async (text, call, token) =>
        {
            await Task.Yield();
            if (call <= 3)
            {
                throw new StatusException(429, "slow down", ("retry-after-ms", "2"));
            }

            lock (paid)
            {
                paid[text] = paid.GetValueOrDefault(text) + 1;
            }

            await Task.Delay(1, CancellationToken.None);
            return ScriptedClient.Reply(text);
        });
        RequestRunnerOptions options = RequestTest.Quick with { MaxConcurrency = 4, MaxAttempts = 20 };
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        using RequestRunner runner = new(client, journal, options);
        using CancellationTokenSource impatient = new();
        int waiting = 0;
        Task<RequestOutcome>[] patient = [.. Enumerable.Range(0, 200).Select(i => Ask(i % 10, CancellationToken.None))];
        Task<RequestOutcome>[] others = [.. Enumerable.Range(0, 200).Select(_ => Ask(random.Next(10), impatient.Token))];
        while (Volatile.Read(ref waiting) < patient.Length)
        {
            await Task.Yield(); // from then on no call is given up, however slow the machine is
        }

        impatient.CancelAfter(5);
        RequestOutcome[] outcomes = await Task.WhenAll(patient);
        Assert.All(outcomes.Index(), outcome => Assert.Equal($"question {outcome.Index % 10}", outcome.Item.Reply!.Text));
        await Task.WhenAny(Task.WhenAll(others)); // without throwing
        Assert.All(others, other => Assert.True(other.IsCanceled || other.IsCompletedSuccessfully, $"{other.Exception}"));
        Assert.Equal((10, 10), (paid.Count, paid.Values.Sum()));
        StageReport report = Assert.Single(runner.Report.Stages);
        Assert.Equal((40, 30, 10), (report.Calls, report.RateLimited, journal.ReplyCount));
        Assert.InRange(client.MostRunning, 1, 4);

        Task<RequestOutcome> Ask(int question, CancellationToken token) => Task.Run(
            () =>
            {
                Task<RequestOutcome> answer = runner.SendAsync(RequestTest.Ask($"question {question}"), token);
                if (!token.CanBeCanceled)
                {
                    Interlocked.Increment(ref waiting);
                }

                return answer;
            },
            CancellationToken.None);
    }
}
