using LongAlign.Requests;

namespace LongAlign.Evaluation.Judging;

/// <summary>The verdict of a judge's reply.</summary>
/// <param name="Reply">The reply; the reason where there is none.</param>
/// <param name="Number">The number in the brackets, whatever its range; null where there is none that can be read without a guess.</param>
/// <param name="Problem">The reason why there is no score; null where there is one.</param>
public sealed record Verdict(string Reply, double? Number, VerdictProblem? Problem)
{
    /// <summary>Gets the score; null where there is a problem.</summary>
    public double? Score => Problem is null ? Number : null;

    /// <summary>Gets the judge's id as the provider says it; null where there was no reply.</summary>
    public string? Model { get; init; }

    /// <summary>Reads a reply: the number in its last double brackets, and then its range.</summary>
    /// <param name="reply">The reply. What the judge thinks (<c>&lt;think&gt;…&lt;/think&gt;</c>) is not looked at.</param>
    /// <param name="min">The worst score.</param>
    /// <param name="max">The best score.</param>
    /// <param name="reading">The rule that selects the brackets.</param>
    /// <param name="finishReason">The reason why the reply ended, as the provider says. One that was cut off (<c>length</c>) has no score.</param>
    /// <returns>
    /// The verdict; the same in every culture. Beside the number there may be a name (<c>Rating: 8</c>), the best score (<c>8/10</c>,
    /// <c>8 out of 10</c>), <c>points</c> or <c>分</c>; whatever else there is, such as <c>7-8</c> or <c>1e1</c>, is
    /// <see cref="VerdictProblem.NoNumber"/>.
    /// </returns>
    public static Verdict Parse(
        string reply, int min = 1, int max = 10, VerdictReading reading = VerdictReading.LastBrackets, string? finishReason = null)
    {
        ArgumentNullException.ThrowIfNull(reply);
        string? rating = RatingText.Find(SpokenText.Of(reply).Text, reading);
        double? number = rating is null ? null : RatingText.Read(rating, max);
        return new Verdict(reply, number, FinishReasons.IsCut(finishReason) ? VerdictProblem.CutOff
            : rating is null ? VerdictProblem.NoBrackets
            : number is null ? VerdictProblem.NoNumber
            : number < min || number > max ? VerdictProblem.OutOfRange
            : null);
    }
}
