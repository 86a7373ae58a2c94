using System.Globalization;
using LongAlign.Evaluation.Comparisons;
using LongAlign.Evaluation.Needles;
using LongAlign.Evaluation.Perplexity;
using LongAlign.Evaluation.Texts;

namespace LongAlign.Evaluation.Reports;

/// <summary>The contents of a report, the same on the page and in the summary.</summary>
internal static class ReportBlocks
{
    public static IReadOnlyList<ReportBlock> Of(ComparisonReport report) =>
    [
        new ReportBlock.Paragraph($"A is {report.NameA}. B is {report.NameB}."),
        .. Verdicts(report),
        .. report.Questions is { } questions ? Questions(report, questions) : [],
        .. report.Needles is { } needles ? Needles(needles) : [],
        .. report.Perplexity is { } perplexity ? Perplexity(perplexity) : [],
        .. report.ShortTasks is { } guard ? ShortTasks(report, guard) : [],
        .. report.Judge is { } judge ? Judge(judge) : [],
        .. report.Samples.Count == 0 ? (ReportBlock[])[] : [new ReportBlock.Heading("Question by question"), new ReportBlock.Samples(report.Samples)],
        .. report.Pictures.Select(picture => new ReportBlock.Picture(picture)),
        .. report.Facts.Count == 0 ? (ReportBlock[])[] :
        [
            new ReportBlock.Heading("How it was made"),
            new ReportBlock.Table("Facts", ["what", "value"], [.. report.Facts.Select(fact => (string[])[fact.Name, fact.Value])]),
        ],
        new ReportBlock.Heading("How to read it"),
        new ReportBlock.Paragraph(
            "Both models are asked the same questions, and differences are B less A, question by question: above 0 speaks for B. In 95 of 100 such comparisons the 95 % interval holds the true difference. "
            + "It is a bootstrap's over questions; where answers are right or wrong, that of Agresti and Min for matched proportions. The p-value is that of the permutation test of signs. "
            + "The verdict is better or worse where the interval leaves 0 out and p is below 0.05, else cannot tell. The number of questions that would tell takes the difference seen for the true one: a rough guide. "
            + "Groups show where a difference may lie; with several of them one or another differs by chance."),
    ];

    private static IEnumerable<ReportBlock> Verdicts(ComparisonReport report)
    {
        if (report.Questions is { } questions)
        {
            yield return Verdict("Questions", $"{questions}", questions.Overall);
        }

        if (report.Needles is { } needles)
        {
            yield return Verdict("Needles", $"{needles}", needles.Trials);
        }

        if (report.Perplexity is { } perplexity)
        {
            yield return Verdict("Perplexity", $"{perplexity}", perplexity.Overall.Overall);
        }

        if (report.ShortTasks is { } guard)
        {
            yield return new ReportBlock.Verdict($"Short tasks. {guard}", guard.Outcome switch { GuardOutcome.NoHarm => 1, GuardOutcome.Harm => -1, _ => 0 });
        }
    }

    private static ReportBlock.Verdict Verdict(string what, string text, PairedComparison? comparison)
        => new($"{what}. {text}", comparison?.Outcome switch { ComparisonOutcome.Better => 1, ComparisonOutcome.Worse => -1, _ => 0 });

    private static IEnumerable<ReportBlock> Questions(ComparisonReport report, ModelComparison questions)
    {
        PairedComparison all = questions.Overall;
        yield return new ReportBlock.Heading("Questions");
        yield return new ReportBlock.Paragraph(report.Scoring);
        string have = $"{NumberText.Whole(all.Count)} of {NumberText.Whole(questions.Scores.Count)} questions have the scores of both.";
        if (all.StandardDeviation == 0)
        {
            yield return new ReportBlock.Paragraph($"{have} They all differ alike, by {NumberText.Signed(all.Difference)}: how much such questions could show is not known.");
        }
        else
        {
            yield return new ReportBlock.Paragraph($"{have} So many such questions show a true difference of {NumberText.Plain(all.DetectableDifference)} and more in 4 of 5 tries.");
            yield return Differences(questions);
        }

        yield return new ReportBlock.Intervals("All questions, and groups of them", "questions", "A", "B",
            [new ScoreGroup("all", questions.Scores.Count, all), .. Named("length ", questions.ByLength), .. Named("", questions.ByTask), .. Named("language ", questions.ByLanguage)]);
        foreach (ReportBlock block in Missing("questions", questions.Missing))
        {
            yield return block;
        }

        if (questions is { Missing.Count: > 0, LowerBound: { } lower, UpperBound: { } upper })
        {
            yield return new ReportBlock.Paragraph($"If every missing score spoke against B, the difference would be {NumberText.Signed(lower)}; if every one spoke for B, {NumberText.Signed(upper)}.");
        }

        yield return new ReportBlock.Table("Scores of each question", ["question", "length", "A", "B", "B - A"],
            [.. questions.Scores.Select(score => (string[])[score.Id, score.Length is { } length ? NumberText.Whole(length) : "", Score(score.A), Score(score.B), score.B - score.A is { } difference ? NumberText.Signed(difference) : "missing"])])
        {
            IsFolded = true,
        };
    }

    private static ReportBlock.Differences Differences(ModelComparison questions) => new(
        "Each bar is a question, from the worst to the best for B; above the line B is better.", [.. questions.Scores.Select(score => score.B - score.A).OfType<double>()]);

    private static IEnumerable<ReportBlock> Needles(NeedleComparison needles)
    {
        yield return new ReportBlock.Heading("Needle in a haystack");
        yield return new ReportBlock.Paragraph("Columns are lengths of the whole prompt in tokens, rows the depth of the needle in per cent. A cell is the share of needles found, in per cent; with few trials a cell alone says little.");
        yield return Map(needles.NameA == "A" ? "A" : $"A: {needles.NameA}", needles, cell => Level(cell.A), isDifference: false);
        yield return Map(needles.NameB == "B" ? "B" : $"B: {needles.NameB}", needles, cell => Level(cell.B), isDifference: false);
        yield return Map("B - A", needles, cell => cell.Difference is { } difference ? ((100 * difference).ToString("+0;-0;0", CultureInfo.InvariantCulture), (difference + 1) / 2) : ("missing", null), isDifference: true);
        if (needles.Trials is { } trials)
        {
            yield return new ReportBlock.Intervals("All needles, and by length", "needles", "A", "B", [new ScoreGroup("all", trials.Count + trials.Missing.Count, trials), .. Named("length ", needles.ByLength)]);
        }

        foreach (ReportBlock block in Missing("needles", needles.Missing))
        {
            yield return block;
        }
    }

    private static ReportBlock.Map Map(string caption, NeedleComparison needles, Func<NeedleCellDifference, (string, double?)> level, bool isDifference)
        => new(caption, needles.Lengths, needles.Depths, [.. needles.Cells.Select(level)], isDifference);

    private static (string Text, double? Level) Level(NeedleCell? cell) => cell switch
    {
        null => ("no cell", null),
        { Mean: { } mean } => ($"{NumberText.Whole(100 * mean)}{(cell.Scored < cell.Trials ? $" ({cell.Scored} of {cell.Trials})" : "")}", mean),
        _ => ("missing", null),
    };

    private static IEnumerable<ReportBlock> Perplexity(PerplexityComparison perplexity)
    {
        yield return new ReportBlock.Heading("Perplexity by position");
        yield return new ReportBlock.Paragraph("How well the next token is predicted, by its place in its text; lower is better. A model that uses what stands far before predicts better further inside. Differences are of log-likelihoods in nats a token, text by text: above 0 speaks for B.");
        yield return new ReportBlock.Lines("Mean loss in nats a token, by the position where a group begins", [.. perplexity.Buckets.Select(bucket => NumberText.Whole(bucket.A.From))], "A", [.. perplexity.Buckets.Select(bucket => bucket.A.Loss)], "B", [.. perplexity.Buckets.Select(bucket => bucket.B.Loss)]);
        yield return new ReportBlock.Table("Perplexity by position", ["positions", "tokens", "texts", "A", "B", "difference", "95 %"],
            [.. perplexity.Buckets.Select(bucket => (string[])[
                NumberText.Range(bucket.A.From, bucket.A.To), NumberText.Whole(bucket.A.Tokens), bucket.Sequences is { } texts ? NumberText.Whole(texts.Count) : "1", Big(bucket.A.Perplexity), Big(bucket.B.Perplexity),
                bucket.Sequences is { } some ? NumberText.Signed(some.Difference) : "too few", bucket.Sequences is { } range ? Range(range) : ""])]);
    }

    private static IEnumerable<ReportBlock> ShortTasks(ComparisonReport report, ShortTaskGuard guard)
    {
        yield return new ReportBlock.Heading("Did it harm short tasks?");
        yield return new ReportBlock.Paragraph($"{report.ShortTaskScoring} B may lose up to {NumberText.Plain(guard.Margin)}, the margin; harm is ruled out where the interval of the difference lies above {NumberText.Signed(-guard.Margin)}.".TrimStart());
        yield return new ReportBlock.Intervals("Short tasks", "questions", "A", "B", [new ScoreGroup("all", guard.Comparison.Scores.Count, guard.Comparison.Overall), .. Named("", guard.Comparison.ByTask)]);
        foreach (ReportBlock block in Missing("short questions", guard.Comparison.Missing))
        {
            yield return block;
        }
    }

    private static IEnumerable<ReportBlock> Judge(JudgeTrust judge)
    {
        yield return new ReportBlock.Heading("Can the judge be trusted?");
        List<string[]> rows = [["answers judged", NumberText.Whole(judge.Answers)]];
        if (judge.RepeatDeviation is { } deviation)
        {
            rows.Add(["spread of repeats (standard deviation within an answer)", $"{NumberText.Plain(deviation)} over {judge.RepeatedAnswers} answers; largest difference {NumberText.Plain(judge.LargestSpread!.Value)}; all alike {NumberText.Whole(100 * judge.ShareAlike!.Value)} %"]);
        }

        rows.Add(["order of examples", judge.OrderEffect is { } order
            ? $"a better example last moves the score by {NumberText.Signed(order.Difference)} (95 % {Range(order)}, n = {order.Count})" : "not known: examples were not shown or their orders not drawn, or too few answers were judged with two"]);
        rows.Add(["score and length of the answer (Spearman)", judge.Length.Spearman is { } length ? $"{NumberText.Plain(length)} over {judge.Length.Count} answers" : "not defined"]);
        rows.Add(["against people's scores", judge.Calibration?.ToString() ?? "not measured"]);
        yield return new ReportBlock.Table("The judge", ["what", "value"], rows);
        if (judge.Calibration is { } calibration)
        {
            foreach (ReportBlock block in Missing("answers scored by people", [.. calibration.Missing.Select(item => new MissingScore($"{item.CaseId}, example {item.Example}", false, false, item.MissingReason ?? "unknown"))]))
            {
                yield return block;
            }
        }
    }

    private static IEnumerable<ReportBlock> Missing(string what, IReadOnlyList<MissingScore> missing) => missing.Count == 0 ? []
        : [new ReportBlock.Table($"Missing {what} ({missing.Count}); they are in no number", ["which", "reason"], [.. missing.Select(score => (string[])[score.Id, score.Reason])])];

    private static IEnumerable<ScoreGroup> Named(string prefix, IEnumerable<ScoreGroup> groups) => groups.Select(group => group with { Name = prefix + group.Name });

    private static string Score(double? score) => score is { } value ? NumberText.Plain(value) : "missing";

    private static string Big(double perplexity) => perplexity.ToString(perplexity < 1_000 ? "N2" : perplexity < 1e9 ? "N0" : "0.0e+0", CultureInfo.InvariantCulture);

    private static string Range(PairedComparison comparison) => $"{NumberText.Signed(comparison.Lower)} to {NumberText.Signed(comparison.Upper)}";
}
