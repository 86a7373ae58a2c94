using System.Globalization;

namespace LongAlign.Evaluation.Needles;

/// <summary>One question of a needle test.</summary>
/// <param name="Length">The cell's length: the most tokens of the whole prompt.</param>
/// <param name="Depth">The cell's depth, in per cent.</param>
/// <param name="Trial">The number of the trial, from 0.</param>
/// <param name="Needle">The needle.</param>
/// <param name="Text">What the user says: haystack with needle, and question.</param>
/// <param name="TokenCount">Tokens of the whole prompt, counted, template included.</param>
/// <param name="ActualDepth">Where the needle really lies: the share of the haystack's tokens before it, in per cent.</param>
public sealed record NeedlePrompt(int Length, double Depth, int Trial, Needle Needle, string Text, int TokenCount, double ActualDepth)
{
    /// <summary>Gets what journals call it.</summary>
    public string Id => NameOf(Length, Depth, Trial);

    internal static string NameOf(int length, double depth, int trial) => string.Create(CultureInfo.InvariantCulture, $"{length}/{depth}/{trial}");
}
