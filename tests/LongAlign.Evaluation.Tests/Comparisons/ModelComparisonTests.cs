using LongAlign.Evaluation.Comparisons;
using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Runs;

namespace LongAlign.Evaluation.Tests.Comparisons;

public sealed class ModelComparisonTests
{
    private static CaseScore Score(int id, string language, int promptLength, double? score, string? reason = null)
    {
        JudgeCase @case = new() { Id = $"{id}", Prompt = new string('x', promptLength), Query = "q", Answer = "r", Language = language, Examples = [] };
        return new CaseScore(
            new CaseAnswer { Case = @case, Text = reason is null ? "an answer" : null, FinishReason = "stop", MissingReason = reason },
            reason is not null ? [] : [score is null ? new Verdict("?", null, VerdictProblem.NoBrackets) : new Verdict("", score, null)]);
    }

    [Fact]
    public void Groups_have_the_questions_of_their_length_task_and_language_and_every_question_is_in_one()
    {
        PairedScore[] scores = [.. Enumerable.Range(0, 12).Select(i => new PairedScore($"{i}", 5, 5 + (i % 3)) { Length = 10 * (i + 1), Task = i % 2 == 0 ? "qa" : "summary", Language = i < 10 ? "en" : "zh" })];
        ModelComparison comparison = new(scores, new ComparisonOptions { LengthBounds = [30, 60, 500] });
        Assert.Equal([("up to 30", 3), ("31 to 60", 3), ("61 to 500", 6)], comparison.ByLength.Select(group => (group.Name, group.Count)));
        Assert.Equal([("qa", 6), ("summary", 6)], comparison.ByTask.Select(group => (group.Name, group.Count)));
        Assert.Equal([("en", 10), ("zh", 2)], comparison.ByLanguage.Select(group => (group.Name, group.Count)));
        Assert.Equal(1, comparison.ByTask[0].Comparison!.Difference, 12); // 0, 2, 1, 0, 2, 1
        Assert.Equal((2, 1, 0), (comparison.ByLength[0].Comparison!.Wins, comparison.ByLength[0].Comparison!.Ties, comparison.ByLength[0].Comparison!.Losses));
        Assert.Empty(new ModelComparison(scores.Take(10)).ByLanguage); // one group says nothing new
    }

    [Fact]
    public void Loaded_results_have_the_lengths_of_the_prompts_that_were_left_out()
    {
        using TemporaryFolder folder = new();
        ChatScores chat = new([.. Enumerable.Range(0, 6).Select(i => Score(i, "en", i < 2 ? 100 : 20_000, i))], 1, 10);
        new EvaluationResults(EvaluationManifest.Create(), chat, null).Save(folder.File("results.json"));
        ChatScores loaded = EvaluationResults.Load(folder.File("results.json")).Chat!;
        Assert.Equal([("up to 4,096", 2), ("16,385 to 32,768", 4)], ModelComparison.OfChats(loaded, loaded).ByLength.Select(group => (group.Name, group.Count)));
    }

    [Fact]
    public void A_group_with_one_pair_has_no_comparison_and_is_still_there()
    {
        ModelComparison comparison = new([new("a", 1, 2) { Task = "qa" }, new("b", 1, 2) { Task = "qa" }, new("c", 1, 2) { Task = "summary" }, new("d", null, 2) { Task = "summary" }]);
        Assert.Equal(new ScoreGroup("summary", 2, null), comparison.ByTask[1]);
    }

    [Fact]
    public void Two_judged_models_are_paired_by_case_and_what_is_missing_is_named_with_its_reason_and_bounds()
    {
        ChatScores a = new([Score(1, "en", 10, 4), Score(2, "en", 20, 6), Score(3, "zh", 30, 8), Score(4, "en", 40, 5)], 1, 10);
        ChatScores b = new([Score(4, "en", 40, null, "HTTP 400"), Score(3, "zh", 30, 9), Score(2, "en", 20, 8), Score(1, "en", 10, null)], 1, 10);
        ModelComparison comparison = ModelComparison.OfChats(a, b, new ComparisonOptions { NameA = "base", NameB = "tuned" }, task: @case => @case.Id == "1" ? "x" : "y");
        Assert.Equal((2, 1.5), (comparison.Overall.Count, comparison.Overall.Difference));
        Assert.Equal(["1", "4"], comparison.Missing.Select(missing => missing.Id));
        Assert.All(comparison.Missing, missing => Assert.Equal((false, true), (missing.LacksA, missing.LacksB)));
        Assert.Contains("NoBrackets", comparison.Missing[0].Reason, StringComparison.Ordinal);
        Assert.Equal("B: no answer: HTTP 400", comparison.Missing[1].Reason);
        Assert.Equal((1 + 2 + (1 - 4) + (1 - 5)) / 4.0, comparison.LowerBound!.Value, 12);
        Assert.Equal((1 + 2 + (10 - 4) + (10 - 5)) / 4.0, comparison.UpperBound!.Value, 12);
        Assert.Equal([("en", 3), ("zh", 1)], comparison.ByLanguage.Select(group => (group.Name, group.Count)));
        Assert.Equal(30, comparison.Scores[2].Length);
        Assert.StartsWith("Cannot tell with n = 2; about ", comparison.ToString(), StringComparison.Ordinal);
        Assert.Contains(": 7.00 to 8.50, difference +1.50", comparison.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_score_of_A_speaks_against_B_where_it_would_have_been_the_best()
    {
        ModelComparison comparison = new([new("a", 1, 2), new("b", 3, 4), new("c", null, 5)], new ComparisonOptions { Range = (1, 10) });
        Assert.Equal((1 + 1 + (5 - 10)) / 3.0, comparison.LowerBound!.Value, 12);
        Assert.Equal((1 + 1 + (5 - 1)) / 3.0, comparison.UpperBound!.Value, 12);
    }

    [Fact]
    public void Other_cases_and_other_scales_are_errors()
    {
        ChatScores a = new([Score(1, "en", 10, 4), Score(2, "en", 20, 6)], 1, 10);
        Assert.Contains("Cases of one model alone: 3;", Assert.Throws<ArgumentException>(() => ModelComparison.OfChats(a, a with { Cases = [.. a.Cases, Score(3, "en", 1, 1)] })).Message, StringComparison.Ordinal);
        Assert.Contains("Cases of one model alone: 3;", Assert.Throws<ArgumentException>(() => ModelComparison.OfChats(a with { Cases = [.. a.Cases, Score(3, "en", 1, 1)] }, a)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ModelComparison.OfChats(a, a with { Max = 5 }));
        Assert.Throws<ArgumentException>(() => new ModelComparison([new("a", 1, 2), new("b", 1, 2)], new ComparisonOptions { LengthBounds = [5, 5] }));
    }

    [Fact]
    public void The_guard_rules_harm_out_shows_it_or_says_that_it_cannot_tell()
    {
        ShortTaskGuard Guard(int count, Func<int, double> difference, double margin)
            => new(new ModelComparison(Enumerable.Range(0, count).Select(i => new PairedScore($"{i}", 5, 5 + difference(i)))), margin);

        Assert.Equal(GuardOutcome.NoHarm, Guard(100, i => i % 2 == 0 ? 0.1 : -0.1, 0.5).Outcome);
        Assert.Equal(GuardOutcome.Harm, Guard(100, i => i % 2 == 0 ? -0.9 : -1.1, 0.5).Outcome);
        Assert.Equal(GuardOutcome.CannotTell, Guard(100, i => i % 2 == 0 ? 0.55 : -1.45, 0.5).Outcome); // worse for sure, by more than the margin not
        ShortTaskGuard open = Guard(10, i => i % 2 == 0 ? 2 : -2.2, 0.5);
        Assert.Equal(GuardOutcome.CannotTell, open.Outcome);
        Assert.InRange(open.QuestionsNeeded!.Value, 200, 300); // (2.8 * 2.2 / 0.4)^2
        Assert.StartsWith("Cannot rule out harm to short tasks of 0.50 or more with n = 10; about ", open.ToString(), StringComparison.Ordinal);
        Assert.Null(Guard(4, i => i == 0 ? 5 : -3, 0.5).QuestionsNeeded);
        Assert.Throws<ArgumentOutOfRangeException>(() => Guard(10, i => i, 0));
    }

    [Fact]
    public void Models_that_answer_every_short_question_wrong_do_not_rule_harm_out()
    {
        ModelComparison allWrong = new(Enumerable.Range(0, 20).Select(i => new PairedScore($"{i}", 0, 0)));
        ShortTaskGuard guard = new(allWrong, margin: 0.05);
        Assert.Equal(GuardOutcome.CannotTell, guard.Outcome);
        Assert.Null(guard.QuestionsNeeded);
        Assert.StartsWith("Cannot tell whether short tasks are harmed by more than 0.05 with n = 20: ", guard.ToString(), StringComparison.Ordinal);
    }
}
