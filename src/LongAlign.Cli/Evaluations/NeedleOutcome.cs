using System.Globalization;
using System.Text.Json.Serialization;
using LongAlign.Evaluation.Needles;

namespace LongAlign.Cli.Evaluations;

/// <summary>The result of a needle test.</summary>
/// <param name="Mean">The share of needles that were found; null where there is no reply.</param>
/// <param name="Missing">Prompts without a reply.</param>
/// <param name="Cells">By length and depth.</param>
/// <param name="Text">For people.</param>
internal sealed record NeedleOutcome(double? Mean, int Missing, IReadOnlyList<NeedleCell> Cells, [property: JsonIgnore] string Text)
{
    public static NeedleOutcome Of(NeedleMap map)
    {
        NeedleCell[] cells = [.. map.Lengths.SelectMany(length => map.Depths.Select(depth => map.Find(length, depth))).OfType<NeedleCell>()];
        string mean = map.Mean is { } share ? share.ToString("P1", CultureInfo.InvariantCulture) : "none";
        return new NeedleOutcome(map.Mean, map.Missing.Count(), cells, $"Needles found, per cent, by depth and length in tokens (mean {mean}):\n\n{map}\n");
    }
}
