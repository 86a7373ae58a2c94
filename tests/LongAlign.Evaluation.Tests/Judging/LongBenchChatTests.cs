using LongAlign.Evaluation.Judging;
using LongAlign.Requests;

namespace LongAlign.Evaluation.Tests.Judging;

public sealed class LongBenchChatTests
{
    private static readonly SamplingOptions Sampling = new() { Model = "scripted", Temperature = 0 };

    private static JudgeCase Case(int id) => new() { Id = $"{id}", Prompt = $"document {id}; question {id}?", Query = $"question {id}?", Answer = $"right {id}", Language = "en", Examples = [new("one", 1), new("five", 5), new("nine", 9)] };

    private static async Task<T> RunAsync<T>(string journalPath, ScriptedClient client, Func<RequestRunner, Task<T>> work)
    {
        using RequestJournal journal = RequestJournal.Open(journalPath);
        using RequestRunner runner = new(client, journal);
        return await work(runner);
    }

    private static CaseAnswer Answer(int id, string? text = "an answer") => new() { Case = Case(id), Text = text, FinishReason = "stop", MissingReason = text is null ? "HTTP 400" : null };

    [Fact]
    public async Task Garbage_and_refused_requests_leave_two_cases_missing_by_name_and_the_rest_scored_and_nothing_is_asked_twice()
    {
        using TemporaryFolder folder = new();
        JudgeCase[] cases = [.. Enumerable.Range(1, 50).Select(Case)];
        using ScriptedClient model = new(text => text.Contains("document 17;", StringComparison.Ordinal)
            ? throw new NotSupportedException("too long") : $"answer to {text}");
        using ScriptedClient judge = new(text => text.Contains("question 30?", StringComparison.Ordinal) ? "Nice." : "Rating: [[8]]");
        ChatScores scores = await EvaluateAsync();
        Assert.Equal(["17", "30"], scores.Missing.Select(score => score.Answer.Case.Id));
        Assert.Contains("no answer: ", scores.Missing[0].MissingReason, StringComparison.Ordinal);
        Assert.Contains("too long", scores.Missing[0].MissingReason, StringComparison.Ordinal);
        Assert.Contains("NoBrackets: 'Nice.'", scores.Missing[1].MissingReason, StringComparison.Ordinal);
        Assert.Equal(8, scores.Mean);
        Assert.Null(scores.Sum);
        Assert.Equal(((48 * 8) + 2) / 50.0, scores.LowerBound, 12);
        Assert.Equal(((48 * 8) + 20) / 50.0, scores.UpperBound, 12);
        Assert.Equal("8.00 over 48 of 50 cases, between 7.72 and 8.08 over all; missing: 17, 30", scores.ToString());
        Assert.Equal((48 * 2) + (2 * 3), judge.Calls); // two repeats, and three attempts each at the garbage
        int asked = model.Calls;
        Assert.Equal(scores.ToString(), (await EvaluateAsync()).ToString());
        Assert.Equal(asked, model.Calls);
        Assert.Equal((48 * 2) + (2 * 3), judge.Calls);

        async Task<ChatScores> EvaluateAsync()
        {
            IReadOnlyList<CaseAnswer> answers = await RunAsync(folder.File("model.jsonl"), model, runner => LongBenchChat.AnswerAsync(cases, runner, Sampling));
            return await RunAsync(folder.File("judge.jsonl"), judge, runner => LongBenchChat.JudgeAsync(answers, runner, new JudgeOptions { Sampling = Sampling }));
        }
    }

    [Theory]
    [InlineData("The year was", "length", "it was cut off (length)")]
    [InlineData("<think>The best answer is", "length", "it was cut off (length)")]
    [InlineData("<think>The best answer is", "stop", "it is empty")]
    [InlineData("", "stop", "it is empty")]
    public async Task An_answer_that_was_cut_off_or_is_empty_has_no_verdict(string answer, string finishReason, string reason)
    {
        using TemporaryFolder folder = new();
        using ScriptedClient model = new(_ => answer) { FinishReason = new(finishReason) };
        using ScriptedClient judge = new(_ => "[[10]]");
        IReadOnlyList<CaseAnswer> answers = await RunAsync(folder.File("model.jsonl"), model, runner => LongBenchChat.AnswerAsync([Case(1)], runner, Sampling));
        ChatScores scores = await RunAsync(folder.File("judge.jsonl"), judge, runner => LongBenchChat.JudgeAsync(answers, runner, new JudgeOptions { Sampling = Sampling }));
        Assert.Contains($"no answer: {reason}", Assert.Single(scores.Missing).MissingReason, StringComparison.Ordinal);
        Assert.Equal(0, judge.Calls);
    }

    [Fact]
    public async Task A_verdict_that_was_cut_off_is_asked_for_again_and_is_missing_then()
    {
        using TemporaryFolder folder = new();
        using ScriptedClient judge = new(_ => "<think>The first example got [[10]], so") { FinishReason = Microsoft.Extensions.AI.ChatFinishReason.Length };
        ChatScores scores = await RunAsync(folder.File("judge.jsonl"), judge, runner => LongBenchChat.JudgeAsync([Answer(1)], runner, new JudgeOptions { Sampling = Sampling, Repeats = 1 }));
        Assert.Contains("CutOff", Assert.Single(scores.Missing).MissingReason, StringComparison.Ordinal);
        Assert.Equal(3, judge.Calls);
    }

    [Fact]
    public async Task The_judge_sees_what_is_said_and_not_what_is_thought()
    {
        using TemporaryFolder folder = new();
        using ScriptedClient model = new(_ => "<think>SECRET</think>\n\nIn 1803.");
        using ScriptedClient judge = new(text => text.Contains("SECRET", StringComparison.Ordinal) || !text.Contains("In 1803.", StringComparison.Ordinal) ? "[[1]]" : "<think>[[2]]</think>[[9]]");
        IReadOnlyList<CaseAnswer> answers = await RunAsync(folder.File("model.jsonl"), model, runner => LongBenchChat.AnswerAsync([Case(1)], runner, Sampling));
        CaseAnswer own = Answer(2, "SECRET</think>In 1803."); // not of the runner
        ChatScores scores = await RunAsync(folder.File("judge.jsonl"), judge, runner => LongBenchChat.JudgeAsync([.. answers, own], runner, new JudgeOptions { Sampling = Sampling }));
        Assert.Equal([9, 9], scores.Cases.Select(score => score.Score));
    }

    [Fact]
    public async Task Repeats_are_averaged_and_their_spread_is_told()
    {
        using TemporaryFolder folder = new();
        int call = 0;
        using ScriptedClient judge = new(_ => Interlocked.Increment(ref call) % 2 == 0 ? "[[6]]" : "[[9]]");
        ChatScores scores = await RunAsync(folder.File("j.jsonl"), judge, runner => LongBenchChat.JudgeAsync(
            [Answer(1)], runner, new JudgeOptions { Sampling = Sampling, Repeats = 2 }));
        Assert.Equal(7.5, scores.Mean);
        Assert.Equal(7.5, scores.Sum);
        Assert.Equal(3, scores.Cases[0].Spread);
    }

    [Fact]
    public async Task A_verdict_that_cannot_be_read_is_asked_for_again()
    {
        using TemporaryFolder folder = new();
        Queue<string> replies = new(["[[85]]", "seven", "[[7]]"]);
        using ScriptedClient judge = new(_ => replies.Dequeue());
        ChatScores scores = await RunAsync(folder.File("j.jsonl"), judge, runner => LongBenchChat.JudgeAsync(
            [Answer(1)], runner, new JudgeOptions { Sampling = Sampling, Repeats = 1 }));
        Assert.Equal(7, scores.Mean);
        Assert.Equal(3, judge.Calls);
    }

    [Fact]
    public void Orders_are_drawn_for_each_case_and_repeat_and_the_reference_s_is_fixed()
    {
        JudgeOptions options = new() { Sampling = Sampling, Seed = 3 };
        string Order(int id, int repeat, JudgeOptions o)
        {
            string text = LongBenchChat.RequestOf(Answer(id), repeat, o).Messages[^1].Text;
            return string.Join(' ', new[] { "[[1]]", "[[5]]\n\n", "[[9]]" }.Select(score => text.IndexOf(score, StringComparison.Ordinal)).Order()
                .Select(at => text[at + 2]));
        }

        string[] drawn = [.. Enumerable.Range(1, 20).SelectMany(id => new[] { Order(id, 0, options), Order(id, 1, options) })];
        Assert.Equal(6, drawn.Distinct().Count());
        Assert.Equal(drawn, Enumerable.Range(1, 20).SelectMany(id => new[] { Order(id, 0, options), Order(id, 1, options) }));
        Assert.All(Enumerable.Range(1, 20), id => Assert.Equal("1 5 9", Order(id, 1, options with { ShuffleExamples = false })));
    }

    [Fact]
    public void Flattening_is_the_reference_s()
    {
        var golden = Golden.ReadJson("judge", "cases.json").GetProperty("prediction_line");
        CaseAnswer answer = Answer(1, golden.GetProperty("response").GetString());
        string flat = LongBenchChat.RequestOf(answer, 0, new JudgeOptions { Sampling = Sampling, FlattenNewlines = true }).Messages[^1].Text;
        string asIs = LongBenchChat.RequestOf(answer, 0, new JudgeOptions { Sampling = Sampling, SystemMessage = "Judge." }).Messages[^1].Text;
        Assert.Contains(golden.GetProperty("line").GetString()!.TrimEnd('\n') + "\n\nRating: ", flat, StringComparison.Ordinal);
        Assert.Contains("line one\nline two", asIs, StringComparison.Ordinal);
    }
}
