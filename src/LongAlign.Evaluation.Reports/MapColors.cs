using SkiaSharp;

namespace LongAlign.Evaluation.Reports;

/// <summary>The colors of maps, in pictures and pages: light enough for black letters, and every eye tells them apart.</summary>
internal static class MapColors
{
    private static readonly SKColor[] Share = [new(237, 248, 177), new(127, 205, 187), new(44, 127, 184)];
    private static readonly SKColor[] Difference = [new(241, 163, 64), new(247, 247, 247), new(120, 178, 222)];

    /// <summary>From pale yellow to blue, for a level from 0 to 1; beyond them the color of the end.</summary>
    public static SKColor OfShare(double level) => Between(Share, level);

    /// <summary>From orange over white at one half to blue.</summary>
    public static SKColor OfDifference(double level) => Between(Difference, level);

    /// <summary>A color as pages write it, such as #edf8b1.</summary>
    public static string ToCss(SKColor color) => $"#{color.Red:x2}{color.Green:x2}{color.Blue:x2}";

    private static SKColor Between(SKColor[] stops, double level)
    {
        double place = Math.Clamp(level, 0, 1) * (stops.Length - 1);
        int first = Math.Min((int)place, stops.Length - 2);
        (SKColor a, SKColor b, double share) = (stops[first], stops[first + 1], place - first);
        return new SKColor(Mix(a.Red, b.Red), Mix(a.Green, b.Green), Mix(a.Blue, b.Blue));

        byte Mix(byte from, byte to) => (byte)Math.Round(from + ((to - from) * share));
    }
}
