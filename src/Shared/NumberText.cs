using System.Globalization;

namespace LongAlign.Evaluation.Texts;

/// <summary>Numbers as reports write them, the same in every culture.</summary>
internal static class NumberText
{
    /// <summary>With its sign and as many decimals as tell it from 0.</summary>
    public static string Signed(double value) => value.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);

    /// <summary>Two decimals.</summary>
    public static string Plain(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    public static string Whole(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Positions from the first to the last.</summary>
    public static string Range(int from, int? end) => end is { } to
        ? string.Create(CultureInfo.InvariantCulture, $"{from:N0} to {to - 1:N0}")
        : string.Create(CultureInfo.InvariantCulture, $"from {from:N0}");

    public static string PValue(double p) => p < 0.001 ? "p < 0.001" : string.Create(CultureInfo.InvariantCulture, $"p = {p:0.000}");
}
