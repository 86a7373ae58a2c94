using System.Globalization;

namespace LongAlign.Evaluation.Needles;

/// <summary>One question of a needle test.</summary>
/// <param name="Length">The cell's length: the most tokens of the whole prompt.</param>
/// <param name="Depth">The cell's depth, in per cent.</param>
/// <param name="Trial">The number of the trial, from 0.</param>
/// <param name="Needle">The needle; the first one where there are several.</param>
/// <param name="Text">What the user says: haystack with needle, and question.</param>
/// <param name="TokenCount">Tokens of the whole prompt, counted, template included.</param>
/// <param name="ActualDepth">Where that needle really lies: the share of the haystack's tokens before it, in per cent.</param>
public sealed record NeedlePrompt(int Length, double Depth, int Trial, Needle Needle, string Text, int TokenCount, double ActualDepth)
{
    /// <summary>Gets the needles after the first.</summary>
    /// <value>None unless set.</value>
    public IReadOnlyList<PlacedNeedle> Others { get; init; } = [];

    /// <summary>Gets all needles, in the order in which they are asked for.</summary>
    public IEnumerable<Needle> Needles => Others.Select(other => other.Needle).Prepend(Needle);

    /// <summary>Gets what is asked: the needle's question, or those of all, numbered.</summary>
    public string Question => QuestionOf([.. Needles]);

    /// <summary>Gets what journals call it.</summary>
    public string Id => NameOf(Length, Depth, Trial);

    /// <summary>Scores a reply.</summary>
    /// <param name="reply">The reply.</param>
    /// <returns>The share of the needles whose answer is in it, from 0 to 1, by <see cref="Needle.Score(string)"/>.</returns>
    public double Score(string reply) => Score(reply, isCutOff: false);

    internal double Score(string reply, bool isCutOff) => Needles.Average(needle => needle.Score(reply, isCutOff));

    internal static string NameOf(int length, double depth, int trial) => string.Create(CultureInfo.InvariantCulture, $"{length}/{depth}/{trial}");

    internal static string QuestionOf(IReadOnlyList<Needle> needles)
        => needles.Count == 1 ? needles[0].Question : string.Join('\n', needles.Select((needle, i) => string.Create(CultureInfo.InvariantCulture, $"{i + 1}. {needle.Question}")));
}
