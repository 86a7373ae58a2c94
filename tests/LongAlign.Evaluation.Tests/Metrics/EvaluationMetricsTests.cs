using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Metrics;
using LongAlign.Evaluation.Needles;
using LongAlign.Requests;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.AI.Evaluation;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace LongAlign.Evaluation.Tests.Metrics;

public sealed class EvaluationMetricsTests
{
    private static readonly JudgeCase Case = new() { Id = "1", Prompt = "prompt", Query = "Where?", Answer = "To Hull.", Language = "en", Examples = [] };
    private static readonly NeedlePrompt Prompt = new() { Length = 300, Depth = 0, Trial = 0, Needle = new Needle { Text = "The code is 1234567.", Question = "Which code?", Answer = "1234567" }, Text = "text", TokenCount = 290, ActualDepth = 1.5 };
    private static readonly ChatMessage[] Asked = [new(ChatRole.User, "Where?")];

    private static ChatResponse Response(string text) => new(new ChatMessage(ChatRole.Assistant, text)) { FinishReason = ChatFinishReason.Stop, ModelId = "m-1" };

    [Theory]
    [InlineData(1, EvaluationRating.Unacceptable)]
    [InlineData(4, EvaluationRating.Poor)]
    [InlineData(6, EvaluationRating.Average)]
    [InlineData(8, EvaluationRating.Good)]
    [InlineData(10, EvaluationRating.Exceptional)]
    public void A_score_is_a_metric_with_the_judge_s_words(double score, EvaluationRating rating)
    {
        NumericMetric metric = Get(new CaseScore(Answer("text"), [new Verdict("Because.", score, null)]).ToEvaluationResult());
        Assert.Equal((score, "Because."), (metric.Value, metric.Reason));
        Assert.Equal((rating, false), (metric.Interpretation!.Rating, metric.Interpretation.Failed));
        Assert.Null(metric.Diagnostics);
    }

    [Fact]
    public void A_missing_score_has_no_value_and_fails_with_its_reason()
    {
        foreach (CaseScore score in (CaseScore[])[new(Answer(null), []), new(Answer("text"), [new Verdict("Nice.", null, VerdictProblem.NoBrackets)])])
        {
            NumericMetric metric = Get(score.ToEvaluationResult());
            Assert.Null(metric.Value);
            Assert.Equal((EvaluationRating.Inconclusive, true), (metric.Interpretation!.Rating, metric.Interpretation.Failed));
            Assert.Equal(score.MissingReason, Assert.Single(metric.Diagnostics!).Message);
            Assert.Equal(EvaluationDiagnosticSeverity.Error, metric.Diagnostics![0].Severity);
        }
    }

    [Fact]
    public async Task The_judge_is_an_evaluator_that_pays_for_nothing_twice()
    {
        using TemporaryFolder folder = new();
        using RequestJournal journal = RequestJournal.Open(folder.File("j"));
        using ScriptedClient client = new(text => text.Contains("To Hull, I think", StringComparison.Ordinal) ? "Right. [[3]]" : "[[1]]");
        using RequestRunner runner = new(client, journal);
        LongBenchChatEvaluator evaluator = new(runner, JudgeOptions.LongBenchAnswers(new SamplingOptions { Model = "scripted" }));
        CompositeEvaluator all = new(evaluator, new NeedleEvaluator());
        for (int run = 0; run < 2; run++)
        {
            EvaluationResult result = await all.EvaluateAsync(Asked, Response("To Hull, I think; 1234567"), null, [new JudgeCaseContext(Case), new NeedlePromptContext(Prompt)]);
            NumericMetric judged = Get(result);
            Assert.Equal((3.0, EvaluationRating.Exceptional), (judged.Value, judged.Interpretation!.Rating));
            Assert.Equal("To Hull.", ((TextContent)judged.Context!["Reference answer"].Contents[0]).Text);
            Assert.Equal(1, result.Get<NumericMetric>(EvaluationMetrics.NeedleFoundName).Value);
            Assert.Equal(all.EvaluationMetricNames.Order(), result.Metrics.Keys.Order());
        }

        Assert.Equal(1, client.Calls);
        await Assert.ThrowsAsync<ArgumentException>(() => evaluator.EvaluateAsync(Asked, Response("x")).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => new NeedleEvaluator().EvaluateAsync(Asked, Response("x")).AsTask());
    }

    [Fact]
    public void A_needle_result_has_the_share_found_and_the_judge_s_score_where_there_is_one()
    {
        EvaluationResult plain = new NeedleResult { Prompt = Prompt, Reply = "none", Score = 0 }.ToEvaluationResult();
        NumericMetric found = Assert.IsType<NumericMetric>(Assert.Single(plain.Metrics).Value);
        Assert.Equal((0.0, "none", EvaluationRating.Unacceptable, false), (found.Value, found.Reason, found.Interpretation!.Rating, found.Interpretation.Failed));
        EvaluationResult judged = new NeedleResult { Prompt = Prompt, Reply = "1234567", Score = 1, Verdicts = [new Verdict("[[10]]", 10, null)] }.ToEvaluationResult();
        Assert.Equal(10, judged.Get<NumericMetric>(EvaluationMetrics.NeedleJudgeName).Value);
        NumericMetric missing = new NeedleResult { Prompt = Prompt, MissingReason = "time-out" }.ToEvaluationResult().Get<NumericMetric>(EvaluationMetrics.NeedleFoundName);
        Assert.Equal((null, "no reply: time-out", true), (missing.Value, missing.Reason, missing.Interpretation!.Failed));
    }

    private static CaseAnswer Answer(string? text) => new() { Case = Case, Text = text, MissingReason = text is null ? "HTTP 400" : null };

    private static NumericMetric Get(EvaluationResult result) => result.Get<NumericMetric>(EvaluationMetrics.JudgeScoreName);
}
