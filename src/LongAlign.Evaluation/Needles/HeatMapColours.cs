using SkiaSharp;

namespace LongAlign.Evaluation.Needles;

/// <summary>The reference's colours from 1 to 10: red, yellow, green.</summary>
internal static class HeatMapColours
{
    public const double Min = 1;
    public const double Max = 10;

    private static readonly SKColor[] Stops = [new(0xF0, 0x49, 0x6E), new(0xEB, 0xB8, 0x39), new(0x0C, 0xD7, 0x9F)];

    /// <summary>The colour of a score, linear between the stops; beyond the ends that of the end.</summary>
    public static SKColor Of(double score)
    {
        double place = (Math.Clamp(score, Min, Max) - Min) / (Max - Min) * (Stops.Length - 1);
        int first = Math.Min((int)place, Stops.Length - 2);
        (SKColor a, SKColor b, double share) = (Stops[first], Stops[first + 1], place - first);
        return new SKColor(Mix(a.Red, b.Red), Mix(a.Green, b.Green), Mix(a.Blue, b.Blue));

        byte Mix(byte from, byte to) => (byte)Math.Round(from + ((to - from) * share));
    }

    /// <summary>The score that is drawn for a cell; null where it has none.</summary>
    public static double? ScoreOf(NeedleCell? cell, NeedleScore score)
        => score == NeedleScore.Judge ? cell?.JudgeMean : Min + ((Max - Min) * cell?.Mean);

    /// <summary>The trials of a cell that the score is a mean of.</summary>
    public static int ScoredTrials(NeedleCell cell, NeedleScore score) => score == NeedleScore.Judge ? cell.Judged : cell.Scored;
}
