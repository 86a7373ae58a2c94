namespace LongAlign.Evaluation.Reports;

/// <summary>Colours of maps, light enough for black letters on them.</summary>
internal static class MapColors
{
    private static readonly (int Red, int Green, int Blue)[] Share = [(237, 248, 177), (127, 205, 187), (44, 127, 184)];
    private static readonly (int Red, int Green, int Blue)[] Difference = [(241, 163, 64), (247, 247, 247), (120, 178, 222)];

    /// <summary>From pale yellow to blue, as in the picture of one map; every eye tells these apart.</summary>
    public static string OfShare(double level) => Between(Share, level);

    /// <summary>Orange, white at one half, blue.</summary>
    public static string OfDifference(double level) => Between(Difference, level);

    private static string Between((int Red, int Green, int Blue)[] colors, double level)
    {
        double place = 2 * Math.Clamp(level, 0, 1);
        int first = Math.Min(1, (int)place);
        int Mix(int from, int to) => (int)Math.Round(from + ((place - first) * (to - from)));
        ((int r1, int g1, int b1), (int r2, int g2, int b2)) = (colors[first], colors[first + 1]);
        return $"#{Mix(r1, r2):x2}{Mix(g1, g2):x2}{Mix(b1, b2):x2}";
    }
}
