using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Needles;

namespace LongAlign.Evaluation.Reports;

/// <summary>A question with the replies of both models, to be read by people.</summary>
public sealed record ReportSample
{
    /// <summary>Gets the question's name in results.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the question's text, without the document.</summary>
    public required string Question { get; init; }

    /// <summary>Gets the right answer; null where there is none.</summary>
    public string? Reference { get; init; }

    /// <summary>Gets the reply of A; null where A was not asked.</summary>
    public ReportReply? A { get; init; }

    /// <summary>Gets the reply of B; null where B was not asked.</summary>
    public ReportReply? B { get; init; }

    /// <summary>Makes the samples of a chat evaluation.</summary>
    /// <param name="a">The scores of A.</param>
    /// <param name="b">The scores of B.</param>
    /// <returns>One a question, in the order of A; those of B alone behind them.</returns>
    public static IReadOnlyList<ReportSample> OfChats(ChatScores a, ChatScores b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return Of(a.Cases, b.Cases, score => score.Answer.Case.Id, score => new ReportReply
        {
            Text = score.Answer.Text,
            Score = score.Score,
            MissingReason = score.MissingReason,
            Verdicts = [.. score.Verdicts.Select(verdict => verdict.Reply)],
        }, score => (score.Answer.Case.Query, score.Answer.Case.Answer));
    }

    /// <summary>Makes the samples of a needle test.</summary>
    /// <param name="a">The map of A.</param>
    /// <param name="b">The map of B.</param>
    /// <returns>One a prompt, in the order of A; those of B alone behind them.</returns>
    public static IReadOnlyList<ReportSample> OfNeedles(NeedleMap a, NeedleMap b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return Of(a.Results, b.Results, result => result.Prompt.Id, result => new ReportReply
        {
            Text = result.Reply,
            Score = result.Score,
            MissingReason = result.MissingReason,
            Verdicts = [.. result.Verdicts.Select(verdict => verdict.Reply)],
        }, result => (result.Prompt.Question, string.Join("; ", result.Prompt.Needles.Select(needle => needle.Answer))));
    }

    private static ReportSample[] Of<T>(IReadOnlyList<T> a, IReadOnlyList<T> b, Func<T, string> idOf, Func<T, ReportReply> replyOf, Func<T, (string Question, string Reference)> askedIn)
    {
        Dictionary<string, T> ofA = a.ToDictionary(idOf, StringComparer.Ordinal);
        Dictionary<string, T> ofB = b.ToDictionary(idOf, StringComparer.Ordinal);
        return
        [
            .. from item in a.Concat(b.Where(item => !ofA.ContainsKey(idOf(item))))
               let id = idOf(item)
               let asked = askedIn(item)
               select new ReportSample
               {
                   Id = id,
                   Question = asked.Question,
                   Reference = asked.Reference,
                   A = ofA.TryGetValue(id, out T? first) ? replyOf(first) : null,
                   B = ofB.TryGetValue(id, out T? second) ? replyOf(second) : null,
               },
        ];
    }
}
