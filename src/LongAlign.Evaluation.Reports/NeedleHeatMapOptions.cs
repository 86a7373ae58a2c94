using LongAlign.Evaluation.Needles;

namespace LongAlign.Evaluation.Reports;

/// <summary>The options of drawing a needle map.</summary>
/// <remarks>Labels are drawn with fonts in this library (Latin, Greek, Cyrillic, common Chinese), then <see cref="FontPath"/>, then the system's.</remarks>
public sealed record NeedleHeatMapOptions
{
    /// <summary>Gets the title.</summary>
    /// <value>Empty unless set.</value>
    public string Title { get; init; } = "";

    /// <summary>Gets the score that is drawn.</summary>
    /// <value>The exact match unless set.</value>
    public NeedleScore Score { get; init; }

    /// <summary>Gets the label of the lengths.</summary>
    /// <value>English unless set.</value>
    public string LengthLabel { get; init; } = "Length, tokens";

    /// <summary>Gets the label of the depths.</summary>
    /// <value>English unless set.</value>
    public string DepthLabel { get; init; } = "Depth, %";

    /// <summary>Gets the label of the colours.</summary>
    /// <value>English unless set: "Needles found, %", or "Judge's score, 1 to 10".</value>
    public string? ScoreLabel { get; init; }

    /// <summary>Gets the label of cells without a score.</summary>
    /// <value>English unless set.</value>
    public string MissingLabel { get; init; } = "missing";

    /// <summary>Gets the width in pixels.</summary>
    /// <value>1,750 unless set, as the reference's; at least 400.</value>
    public int Width { get; init; } = 1_750;

    /// <summary>Gets the height in pixels.</summary>
    /// <value>800 unless set, as the reference's; at least 300.</value>
    public int Height { get; init; } = 800;

    /// <summary>Gets a font for characters that this library's fonts do not have.</summary>
    /// <value>None unless set: the system's fonts are asked.</value>
    public string? FontPath { get; init; }
}
