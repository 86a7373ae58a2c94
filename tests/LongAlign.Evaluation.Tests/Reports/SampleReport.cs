using LongAlign.Evaluation.Comparisons;
using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Needles;
using LongAlign.Evaluation.Perplexity;
using LongAlign.Evaluation.Reports;

namespace LongAlign.Evaluation.Tests.Reports;

/// <summary>A report that has every part: groups, missing scores, missing cells, eleven depths, hostile names, a picture.</summary>
internal static class SampleReport
{
    public const string Hostile = "<script>alert(1)</script> & \"B\" | `x` \u0001\uD800 <img src=http://example.test/x.png onerror=alert(2)>";

    /// <summary>One red dot.</summary>
    private const string Png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

    public static ComparisonReport Create(string nameB = Hostile)
    {
        Random random = new(3);
        PairedScore[] scores = [.. Enumerable.Range(0, 50).Select(i => new PairedScore($"question {i} {(i == 4 ? nameB : "")}", random.Next(3, 9), i is 17 or 30 ? null : random.Next(4, 11))
        {
            Length = 500 << (i % 6),
            Task = (string[])["question", "summary", "reasoning over several passages"] is var tasks ? tasks[i % 3] : null,
            Language = i % 5 == 0 ? "zh" : "en",
            MissingReason = i == 17 ? $"B: HTTP 400 {nameB}" : "B: no verdict: NoBrackets: '不错。'",
        })];
        ComparisonOptions options = new() { NameA = "base", NameB = "tuned", Range = (1, 10), Resamples = 500 };
        JudgeOptions judging = new() { Sampling = new() { Model = "judge" } };
        ChatScores judged = new([.. Enumerable.Range(0, 20).Select(i => new CaseScore(
            new CaseAnswer { Case = new JudgeCase { Id = $"{i}", Prompt = "p", Query = "q", Answer = "r", Language = "en", Examples = [new("a", 2), new("b", 5), new("c", 9)] }, Text = new string('x', 10 + i), FinishReason = "stop" },
            [new Verdict("", random.Next(4, 9), null), new Verdict("", random.Next(4, 9), null)]))], 1, 10);
        return new ComparisonReport
        {
            Title = $"Base and tuned {nameB}",
            NameA = "base",
            NameB = nameB,
            Scoring = "Scored by a judge from 1 to 10, twice, with three scored examples.",
            Questions = new ModelComparison(scores, options),
            Needles = new NeedleComparison(Map(0.5, lacks: 90), Map(0.8, lacks: 40), options),
            Perplexity = new PerplexityComparison(Perplexity(2.4), Perplexity(2.2), options),
            ShortTasks = new ShortTaskGuard(new ModelComparison(Enumerable.Range(0, 40).Select(i => new PairedScore($"{i}", i % 3 == 0 ? 1 : 0, i % 4 == 0 ? 1 : 0)), options), 0.05),
            ShortTaskScoring = "Exact match.",
            Judge = new JudgeTrust([judged], judging)
            {
                Calibration = new JudgeCalibration(Enumerable.Range(0, 9).Select(i => new CalibrationItem { CaseId = $"{i / 3}", Example = i % 3, Human = 2 + (3 * (i % 3)), Judge = i == 5 ? null : 3 + (2 * (i % 3)), MissingReason = i == 5 ? nameB : null })),
            },
            Samples =
            [
                .. ReportSample.OfChats(judged, new ChatScores([.. judged.Cases.Skip(1), judged.Cases[0] with { Answer = judged.Cases[0].Answer with { Case = judged.Cases[0].Answer.Case with { Id = nameB } } }], 1, 10)),
                new ReportSample { Id = "hostile", Question = nameB, A = new ReportReply { Text = nameB, Score = 3, Verdicts = [nameB] }, B = new ReportReply { MissingReason = nameB } },
            ],
            Facts = [new("judge", "a model"), new("hash", new string('f', 64)), new(nameB, nameB)],
            Pictures = [new ReportPicture($"A dot {nameB}", Convert.FromBase64String(Png))],
        };
    }

    private static NeedleMap Map(double share, double lacks)
    {
        Random random = new(4);
        return new NeedleMap(
            from depth in NeedleSchedule.LinearDepths(0, 100, 11)
            from length in new[] { 1_000, 8_000, 16_000, 32_000, 64_000 }
            where depth != lacks || length != 8_000
            from trial in Enumerable.Range(0, 3)
            let isMissing = depth == 20 && length == 64_000
            select new NeedleResult { Prompt = new NeedlePrompt { Length = length, Depth = depth, Trial = trial, Needle = Needle.Draw(0, $"{length}/{depth}/{trial}"), Text = "", TokenCount = length, ActualDepth = depth }, Reply = isMissing ? null : "", Score = isMissing ? null : random.NextDouble() < share ? 1 : 0, MissingReason = isMissing ? "timed out" : null });
    }

    private static PerplexityReport Perplexity(double loss)
    {
        Random random = new(5);
        return new PerplexityReport([.. Enumerable.Range(0, 12).Select(i =>
        {
            PositionBucket[] buckets = [.. new (int From, int? To)[] { (0, 1_024), (1_024, 4_096), (4_096, 16_384), (16_384, 65_536), (65_536, null) }.Take(1 + (i % 5))
                .Select((range, k) => new PositionBucket { From = range.From, To = range.To, Tokens = 1_000, Loss = loss - (0.1 * k) + (0.05 * random.NextDouble()) })];
            return new SequencePerplexity { Index = i, Length = 1_000 * buckets.Length, Tokens = 1_000 * buckets.Length, Loss = buckets.Average(bucket => bucket.Loss), Buckets = buckets };
        })]);
    }
}
