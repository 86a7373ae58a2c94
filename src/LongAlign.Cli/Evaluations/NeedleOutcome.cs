using System.Text.Json.Serialization;
using LongAlign.Evaluation.Needles;

namespace LongAlign.Cli.Evaluations;

/// <summary>What came of a needle test.</summary>
/// <param name="Mean">The share of needles that were found; null where there is no reply.</param>
/// <param name="Missing">Prompts without a reply.</param>
/// <param name="Cells">By length and depth.</param>
/// <param name="Text">For people.</param>
internal sealed record NeedleOutcome(double? Mean, int Missing, IReadOnlyList<NeedleCell> Cells, [property: JsonIgnore] string Text);
