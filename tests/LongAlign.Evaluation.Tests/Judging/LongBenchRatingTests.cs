using LongAlign.Evaluation.Judging;
using LongAlign.Requests;

namespace LongAlign.Evaluation.Tests.Judging;

/// <summary>Ratings of LongBench: 1 to 3 and 1 to 5 with the machinery of LongBench-Chat.</summary>
public sealed class LongBenchRatingTests
{
    private static readonly SamplingOptions Sampling = new() { Model = "scripted", Temperature = 0 };

    private static CaseAnswer[] Answers => [.. Enumerable.Range(0, 4).Select(i => new CaseAnswer { Case = new JudgeCase { Id = $"{i}", Prompt = "document", Query = $"Which harbour, {i}?", Answer = $"Hull, {i}.", Language = "en", Examples = [new ScoredAnswer("an example", 2)] }, Text = $"To Hull, answer {i}.", FinishReason = "stop" })];

    [Fact]
    public async Task Answers_are_rated_from_1_to_3_once_each_and_told_in_per_cent()
    {
        List<string> prompts = [];
        ChatScores scores = await JudgeAsync(JudgeOptions.LongBenchAnswers(Sampling), prompts, "[[1]]", "[[3]]", "[[2]]", "[[4]]");
        Assert.Equal([1.0, 3.0, 2.0, null], scores.Cases.Select(score => score.Score));
        Assert.Contains("OutOfRange", scores.Missing[0].MissingReason, StringComparison.Ordinal);
        Assert.Equal((1.75, 2.25), (scores.LowerBound, scores.UpperBound));
        Assert.Equal(50, scores.PercentOfRange);
        Assert.All(prompts, prompt =>
        {
            Assert.Contains("from 1 (wrong or beside the question) to 3 (right and complete)", prompt, StringComparison.Ordinal);
            Assert.Contains("Which harbour", prompt, StringComparison.Ordinal);
            Assert.DoesNotContain("an example", prompt, StringComparison.Ordinal);
        });
        Assert.Equal(3 + 3, prompts.Count); // three attempts at the last
    }

    [Fact]
    public async Task Summaries_are_rated_from_1_to_5_without_the_question()
    {
        List<string> prompts = [];
        ChatScores scores = await JudgeAsync(JudgeOptions.LongBenchSummaries(Sampling), prompts, "[[5]]", "[[4]]", "[[2]]", "[[5]]");
        Assert.Equal(4, scores.Mean);
        Assert.Equal(75, scores.PercentOfRange);
        Assert.All(prompts, prompt =>
        {
            Assert.Contains("from 1 (worst) to 5 (best)", prompt, StringComparison.Ordinal);
            Assert.Contains("## Reference summary\nHull, ", prompt, StringComparison.Ordinal);
            Assert.Contains("## Summary to rate\nTo Hull, answer ", prompt, StringComparison.Ordinal);
            Assert.DoesNotContain("Which harbour", prompt, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Every_prompt_has_a_hash_of_its_own_that_changes_with_its_words()
    {
        using TemporaryFolder folder = new();
        string a = JudgePrompt.FromFile(folder.Write("p.txt", "Q {} R {} A {}")).Hash;
        JudgePrompt[] all =
        [
            JudgePrompt.FewShot, JudgePrompt.ZeroShot, JudgePrompt.LongBenchAnswer, JudgePrompt.LongBenchSummary, JudgePrompt.Needle, JudgePrompt.FromFile(folder.Write("p.txt", "Q {} R {} B {}")),
        ];
        Assert.Equal(7, all.Select(prompt => prompt.Hash).Append(a).Distinct().Count());
        Assert.Equal(a, JudgePrompt.FromFile(folder.Write("q.txt", "Q {} R {} A {}")).Hash);
    }

    private static async Task<ChatScores> JudgeAsync(JudgeOptions options, List<string> prompts, params string[] verdicts)
    {
        using TemporaryFolder folder = new();
        using RequestJournal journal = RequestJournal.Open(folder.File("j"));
        using ScriptedClient judge = new(text =>
        {
            lock (prompts)
            {
                prompts.Add(text);
            }

            return verdicts[text[text.LastIndexOf("answer ", StringComparison.Ordinal) + 7] - '0'];
        });
        using RequestRunner runner = new(judge, journal);
        return await LongBenchChat.JudgeAsync(Answers, runner, options);
    }
}
