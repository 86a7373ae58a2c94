using System.Globalization;

namespace LongAlign.Evaluation.Needles;

/// <summary>One question of a needle test.</summary>
public sealed record NeedlePrompt
{
    /// <summary>Gets the cell's length: the most tokens of the whole prompt.</summary>
    public required int Length { get; init; }

    /// <summary>Gets the cell's depth, in per cent.</summary>
    public required double Depth { get; init; }

    /// <summary>Gets the number of the trial, from 0.</summary>
    public required int Trial { get; init; }

    /// <summary>Gets the needle; the first one where there are several.</summary>
    public required Needle Needle { get; init; }

    /// <summary>Gets the user's text: haystack with needle, and question.</summary>
    public required string Text { get; init; }

    /// <summary>Gets the tokens of the whole prompt, as counted, template included.</summary>
    public required int TokenCount { get; init; }

    /// <summary>Gets the actual depth of that needle: the share of the haystack's tokens before it, in per cent.</summary>
    public required double ActualDepth { get; init; }

    /// <summary>Gets the needles after the first.</summary>
    /// <value>None unless set.</value>
    public IReadOnlyList<PlacedNeedle> Others { get; init; } = [];

    /// <summary>Gets all needles, in the order in which they are asked for.</summary>
    public IEnumerable<Needle> Needles => Others.Select(other => other.Needle).Prepend(Needle);

    /// <summary>Gets the question: the needle's, or those of all, numbered.</summary>
    public string Question => QuestionOf([.. Needles]);

    /// <summary>Gets its name in journals.</summary>
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
