namespace LongAlign.Samples;

/// <summary>A row of numbers as a row of characters.</summary>
internal static class Sparkline
{
    private const string Blocks = "▁▂▃▄▅▆▇█";
    private const string Ascii = "_.-=+*%#";

    /// <summary>Draws means of neighbours, lowest to highest; the finite ones decide the scale.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="width">Characters of the row.</param>
    /// <param name="unicode">Whether the console can show blocks.</param>
    public static string Of(double[] values, int width, bool unicode)
    {
        double[] means = [.. Enumerable.Range(0, width).Select(i => Mean(values, i, width))];
        double[] finite = [.. means.Where(double.IsFinite)];
        string levels = unicode ? Blocks : Ascii;
        double low = finite.DefaultIfEmpty().Min();
        double range = Math.Max(finite.DefaultIfEmpty().Max() - low, double.Epsilon);
        return string.Concat(means.Select(mean => double.IsFinite(mean) ? levels[(int)Math.Round((mean - low) / range * (levels.Length - 1))] : ' '));
    }

    /// <summary>The mean of the numbers that fall on a character; NaN where there is none, on the right of a row that is not full yet.</summary>
    private static double Mean(double[] values, int place, int width)
    {
        int columns = Math.Min(width, values.Length);
        if (place >= columns)
        {
            return double.NaN;
        }

        int first = (int)((long)place * values.Length / columns);
        int end = (int)((long)(place + 1) * values.Length / columns);
        return values.AsSpan(first, end - first).ToArray().Average();
    }
}
