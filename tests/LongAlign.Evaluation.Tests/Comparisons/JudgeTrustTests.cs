using System.Globalization;
using LongAlign.Evaluation.Comparisons;
using LongAlign.Evaluation.Judging;
using LongAlign.Requests;

namespace LongAlign.Evaluation.Tests.Comparisons;

public sealed class JudgeTrustTests
{
    private static readonly JudgeOptions Options = new() { Sampling = new SamplingOptions { Model = "scripted", Temperature = 0 }, Repeats = 4, Attempts = 1 };

    private static JudgeCase Case(int id) => new() { Id = $"{id}", Prompt = "d", Query = $"question {id}?", Answer = "right", Language = "en", Examples = [new($"poor {id}", 2), new($"fair {id}", 5), new($"good {id}", 9)] };

    private static async Task<T> AskAsync<T>(Func<string, string> script, Func<RequestRunner, Task<T>> work)
    {
        using TemporaryFolder folder = new();
        using ScriptedClient judge = new(script);
        using RequestJournal journal = RequestJournal.Open(folder.File("j.jsonl"));
        using RequestRunner runner = new(judge, journal);
        return await work(runner);
    }

    private static Task<ChatScores> JudgeAsync(Func<string, string> script, JudgeOptions options) => AskAsync(script, runner => LongBenchChat.JudgeAsync(
        [.. Enumerable.Range(1, 12).Select(id => new CaseAnswer { Case = Case(id), Text = new string('a', 10 * id), FinishReason = "stop" })], runner, options));

    /// <summary>The score of the example that stands last.</summary>
    private static int LastExample(string prompt) => int.Parse(prompt[(prompt.LastIndexOf("Rating: [[", StringComparison.Ordinal) + 10)..].Split(']')[0], CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_judge_that_leans_on_the_last_example_is_found_out()
    {
        JudgeTrust trust = new([await JudgeAsync(prompt => LastExample(prompt) switch { 9 => "[[8]]", 5 => "[[6]]", _ => "[[5]]" }, Options)], Options);
        Assert.Equal(ComparisonOutcome.Better, trust.OrderEffect!.Outcome);
        Assert.InRange(trust.OrderEffect.Difference, 1, 3);
        Assert.InRange(trust.RepeatDeviation!.Value, 0.5, 2);
        Assert.Equal(3, trust.LargestSpread);
        Assert.Equal((12, 12), (trust.Answers, trust.RepeatedAnswers));
    }

    [Fact]
    public async Task A_steady_judge_has_no_spread_and_no_order_effect_and_one_that_likes_length_is_found_out()
    {
        JudgeTrust trust = new([await JudgeAsync(prompt => $"[[{Math.Min(10, 1 + (prompt.Count(c => c == 'a') / 20))}]]", Options)], Options);
        Assert.Equal((0.0, 1.0, 0.0), (trust.RepeatDeviation, trust.ShareAlike, trust.LargestSpread));
        Assert.Equal(0, trust.OrderEffect!.Difference);
        Assert.InRange(trust.Length.Spearman!.Value, 0.9, 1);
        JudgeOptions zeroShot = Options with { Prompt = JudgePrompt.ZeroShot };
        int asked = 0;
        Assert.Null(new JudgeTrust([await JudgeAsync(_ => $"[[{1 + (Interlocked.Increment(ref asked) % 9)}]]", zeroShot)], zeroShot).OrderEffect); // none was shown
        JudgeOptions once = Options with { Repeats = 1, ShuffleExamples = false };
        JudgeTrust single = new([await JudgeAsync(_ => "[[7]]", once)], once);
        Assert.Null(single.RepeatDeviation);
        Assert.Null(single.OrderEffect);
        Assert.Null(single.Length.Spearman);
    }

    [Fact]
    public void The_deviation_of_repeats_is_that_within_answers()
    {
        CaseScore Scored(int id, params double[] verdicts) => new(new CaseAnswer { Case = Case(id), Text = "a", FinishReason = "stop" }, [.. verdicts.Select(verdict => new Verdict("", verdict, null))]);
        JudgeTrust trust = new([new ChatScores([Scored(1, 4, 6), Scored(2, 9, 9)], 1, 10)], Options);
        Assert.Equal(1, trust.RepeatDeviation!.Value, 12); // variances 2 and 0
        Assert.Equal(0.5, trust.ShareAlike);
        Assert.Throws<ArgumentException>(() => new JudgeTrust([new ChatScores([], 1, 10)], Options));
    }

    [Fact]
    public async Task Each_scored_answer_is_judged_with_the_others_as_examples_and_held_against_people()
    {
        JudgeCase[] cases = [.. Enumerable.Range(1, 4).Select(Case)];
        List<string> prompts = [];
        JudgeCalibration calibration = await AskAsync(
            prompt =>
            {
                lock (prompts)
                {
                    prompts.Add(prompt);
                }

                string rated = prompt[prompt.IndexOf("## Answer to rate", StringComparison.Ordinal)..];
                return rated.Contains("poor 2", StringComparison.Ordinal) ? "No." : rated.Contains("poor", StringComparison.Ordinal) ? "[[4]]" : rated.Contains("fair", StringComparison.Ordinal) ? "[[4]]" : "[[10]]";
            },
            runner => JudgeCalibration.RunAsync(cases, runner, Options with { Repeats = 1 }));
        Assert.Equal(12, prompts.Count);
        Assert.All(prompts, prompt =>
        {
            string rated = prompt[prompt.IndexOf("## Answer to rate", StringComparison.Ordinal)..].Split('\n')[1];
            Assert.Equal(2, prompt.Split("rated by people").Length - 1);
            Assert.Equal(1, prompt.Split(rated).Length - 1); // the answer is not among its own examples
        });
        CalibrationItem missing = Assert.Single(calibration.Missing);
        Assert.Equal(("2", 0, 2.0), (missing.CaseId, missing.Example, missing.Human));
        Assert.Contains("NoBrackets", missing.MissingReason, StringComparison.Ordinal);

        // 3 poor (2 -> 4), 4 fair (5 -> 4), 4 good (9 -> 10)
        Assert.Equal(((3 * 2) - 4 + 4) / 11.0, calibration.MeanError!.Value, 12);
        Assert.Equal((6 + 4 + 4) / 11.0, calibration.MeanAbsoluteError!.Value, 12);
        Assert.Equal((10, 7, 3), (calibration.Pairs, calibration.PairsInOrder, calibration.PairsTied));
        Assert.Equal(11, calibration.Ranks.Count);
        Assert.InRange(calibration.Ranks.KendallTauB!.Value, 0.7, 0.9);
        Assert.StartsWith("On 11 of 12 answers that people scored: Spearman 0.", calibration.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cases_without_scored_answers_calibrate_nothing()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => AskAsync(_ => "[[1]]", runner => JudgeCalibration.RunAsync([Case(1) with { Examples = [] }], runner, Options)));
        Assert.Equal("No verdict on 1 answers that people scored.", new JudgeCalibration([new CalibrationItem { CaseId = "1", Example = 0, Human = 5, Judge = null, MissingReason = "x" }]).ToString());
    }
}
