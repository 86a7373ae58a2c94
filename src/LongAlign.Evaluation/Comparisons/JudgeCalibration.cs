using System.Globalization;
using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Texts;
using LongAlign.Requests;

namespace LongAlign.Evaluation.Comparisons;

/// <summary>
/// A judge held against people: it scores each of a case's scored answers, the others shown as examples (leave one out). Immutable.
/// </summary>
public sealed class JudgeCalibration
{
    /// <summary>Compares scores.</summary>
    /// <param name="items">The answers.</param>
    public JudgeCalibration(IEnumerable<CalibrationItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        Items = [.. items];
        CalibrationItem[] scored = [.. Items.Where(item => item.Judge is not null)];
        Ranks = RankCorrelation.Of([.. scored.Select(item => item.Human)], [.. scored.Select(item => item.Judge!.Value)]);
        if (scored.Length > 0)
        {
            MeanError = scored.Average(item => item.Judge!.Value - item.Human);
            MeanAbsoluteError = scored.Average(item => Math.Abs(item.Judge!.Value - item.Human));
        }

        (CalibrationItem One, CalibrationItem Other)[] pairs = [.. scored.GroupBy(item => item.CaseId)
            .SelectMany(group => group.SelectMany(_ => group, (one, other) => (one, other)).Where(pair => pair.one.Human < pair.other.Human))];
        Pairs = pairs.Length;
        PairsInOrder = pairs.Count(pair => pair.One.Judge < pair.Other.Judge);
        PairsTied = pairs.Count(pair => pair.One.Judge == pair.Other.Judge);
    }

    /// <summary>All answers, those without a verdict included.</summary>
    public IReadOnlyList<CalibrationItem> Items { get; }

    /// <summary>Judge and people by rank, over all cases.</summary>
    public RankCorrelation Ranks { get; }

    /// <summary>The mean of judge less people: above 0, the judge is kinder; null where there is no score.</summary>
    public double? MeanError { get; }

    /// <summary>The mean distance between judge and people; null where there is no score.</summary>
    public double? MeanAbsoluteError { get; }

    /// <summary>Pairs of answers to one case that people score differently.</summary>
    public int Pairs { get; }

    /// <summary>The pairs that the judge orders as people do. By chance it would be half of those that it does not tie.</summary>
    public int PairsInOrder { get; }

    /// <summary>The pairs to which the judge gives the same score.</summary>
    public int PairsTied { get; }

    /// <summary>Answers without a verdict.</summary>
    public IEnumerable<CalibrationItem> Missing => Items.Where(item => item.Judge is null);

    /// <summary>Asks a judge.</summary>
    /// <param name="cases">The cases; those without scored answers are passed over.</param>
    /// <param name="runner">The runner that asks the judge: journal, concurrency, budget.</param>
    /// <param name="options">
    /// How, the same as for the models' answers. A prompt from a file has a fixed number of places for examples, one more than are left here:
    /// take <see cref="JudgePrompt.FewShot"/>.
    /// </param>
    /// <param name="cancellationToken">Stops the run; the journal keeps what there is.</param>
    /// <returns>The comparison; an answer without a verdict is in it as missing.</returns>
    /// <exception cref="ArgumentException">No case has a scored answer, or an option is out of range.</exception>
    /// <exception cref="RequestRunException">The run can't go on, or there was not one reply.</exception>
    public static async Task<JudgeCalibration> RunAsync(
        IReadOnlyList<JudgeCase> cases, RequestRunner runner, JudgeOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cases);
        (JudgeCase Case, int Example)[] left = [.. cases.SelectMany(@case => Enumerable.Range(0, @case.Examples.Count), (@case, example) => (@case, example))];
        if (left.Length == 0)
        {
            throw new ArgumentException($"None of {cases.Count} cases has a scored answer.", nameof(cases));
        }

        CaseAnswer[] answers = [.. left.Select(item => LeaveOut(item.Case, item.Example))];
        ChatScores scores = await LongBenchChat.JudgeAsync(answers, runner, options, cancellationToken).ConfigureAwait(false);
        return new JudgeCalibration(left.Zip(scores.Cases, (item, score)
            => new CalibrationItem { CaseId = item.Case.Id, Example = item.Example, Human = item.Case.Examples[item.Example].Score, Judge = score.Score, MissingReason = score.MissingReason }));
    }

    /// <summary>One line.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Ranks.Count == 0 ? $"No verdict on {Items.Count} answers that people scored."
        : string.Create(
            CultureInfo.InvariantCulture,
            $"On {Ranks.Count} of {Items.Count} answers that people scored: Spearman {Coefficient(Ranks.Spearman)}, Kendall tau-b {Coefficient(Ranks.KendallTauB)}, mean error {NumberText.Signed(MeanError!.Value)}, mean distance {MeanAbsoluteError:0.00}; {PairsInOrder} of {Pairs} pairs in people's order, {PairsTied} tied.");

    private static string Coefficient(double? value) => value is { } number ? NumberText.Plain(number) : "not defined";

    private static CaseAnswer LeaveOut(JudgeCase @case, int example)
    {
        JudgeCase others = @case with
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"{@case.Id}/example {example}"),
            Examples = [.. @case.Examples.Where((_, i) => i != example)],
        };
        return new CaseAnswer { Case = others, Text = @case.Examples[example].Answer };
    }
}
