using System.Globalization;
using LongAlign.Evaluation.Needles;
using SkiaSharp;

namespace LongAlign.Evaluation.Reports;

/// <summary>Colours and texts of a map's cells: from pale yellow to blue, which every eye tells apart, and light enough for black letters.</summary>
internal static class HeatMapColours
{
    private const double WorstVerdict = 1;
    private const double BestVerdict = 10;

    private static readonly SKColor[] Stops = [new(0xED, 0xF8, 0xB1), new(0x7F, 0xCD, 0xBB), new(0x2C, 0x7F, 0xB8)];

    /// <summary>The colour of a level, linear between the stops; beyond 0 and 1 that of the end.</summary>
    public static SKColor Of(double level)
    {
        double place = Math.Clamp(level, 0, 1) * (Stops.Length - 1);
        int first = Math.Min((int)place, Stops.Length - 2);
        (SKColor a, SKColor b, double share) = (Stops[first], Stops[first + 1], place - first);
        return new SKColor(Mix(a.Red, b.Red), Mix(a.Green, b.Green), Mix(a.Blue, b.Blue));

        byte Mix(byte from, byte to) => (byte)Math.Round(from + ((to - from) * share));
    }

    /// <summary>Returns the level of a cell's colour, from 0 to 1; null where it has no score.</summary>
    public static double? LevelOf(NeedleCell? cell, NeedleScore score)
        => score == NeedleScore.Judge ? (cell?.JudgeMean - WorstVerdict) / (BestVerdict - WorstVerdict) : cell?.Mean;

    /// <summary>The number in a cell that has a score, with how many of its trials have one where that is not all.</summary>
    public static string TextOf(NeedleCell cell, NeedleScore score)
    {
        (double number, int scored) = score == NeedleScore.Judge ? (cell.JudgeMean!.Value, cell.Judged) : (100 * cell.Mean!.Value, cell.Scored);
        string text = number.ToString(score == NeedleScore.Judge ? "0.#" : "0", CultureInfo.InvariantCulture);
        return scored < cell.Trials ? string.Create(CultureInfo.InvariantCulture, $"{text} ({scored}/{cell.Trials})") : text;
    }

    /// <summary>The label of the colours, and the numbers beside them with their levels.</summary>
    public static (string Label, IReadOnlyList<(double Level, double Number)> Ticks) ScaleOf(NeedleScore score) => score == NeedleScore.Judge
        ? ("Judge's score, 1 to 10", [.. Enumerable.Range(1, 10).Select(verdict => ((verdict - WorstVerdict) / (BestVerdict - WorstVerdict), (double)verdict))])
        : ("Needles found, %", [.. Enumerable.Range(0, 6).Select(fifth => (fifth / 5d, 20d * fifth))]);
}
