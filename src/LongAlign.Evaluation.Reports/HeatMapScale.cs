using System.Globalization;
using LongAlign.Evaluation.Needles;

namespace LongAlign.Evaluation.Reports;

/// <summary>The levels and texts of a map's cells, and the scale beside it.</summary>
internal static class HeatMapScale
{
    private const double WorstVerdict = 1;
    private const double BestVerdict = 10;

    /// <summary>Returns the level of a cell's color, from 0 to 1; null where it has no score.</summary>
    public static double? LevelOf(NeedleCell? cell, NeedleScore score)
        => score == NeedleScore.Judge ? (cell?.JudgeMean - WorstVerdict) / (BestVerdict - WorstVerdict) : cell?.Mean;

    /// <summary>The number in a cell that has a score, with how many of its trials have one where that is not all.</summary>
    public static string TextOf(NeedleCell cell, NeedleScore score)
    {
        (double number, int scored) = score == NeedleScore.Judge ? (cell.JudgeMean!.Value, cell.Judged) : (100 * cell.Mean!.Value, cell.Scored);
        string text = number.ToString(score == NeedleScore.Judge ? "0.#" : "0", CultureInfo.InvariantCulture);
        return scored < cell.Trials ? string.Create(CultureInfo.InvariantCulture, $"{text} ({scored}/{cell.Trials})") : text;
    }

    /// <summary>The label of the colors, and the numbers beside them with their levels.</summary>
    public static (string Label, IReadOnlyList<(double Level, double Number)> Ticks) TicksOf(NeedleScore score) => score == NeedleScore.Judge
        ? ("Judge's score, 1 to 10", [.. Enumerable.Range(1, 10).Select(verdict => ((verdict - WorstVerdict) / (BestVerdict - WorstVerdict), (double)verdict))])
        : ("Needles found, %", [.. Enumerable.Range(0, 6).Select(fifth => (fifth / 5d, 20d * fifth))]);
}
