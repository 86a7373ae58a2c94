using LongAlign.Evaluation.Needles;

namespace LongAlign.Evaluation.Comparisons;

/// <summary>One cell of two needle maps.</summary>
/// <param name="Length">Its length in tokens.</param>
/// <param name="Depth">Its depth in per cent.</param>
/// <param name="A">The base's cell; null where its map has none.</param>
/// <param name="B">The other's cell; null where its map has none.</param>
public sealed record NeedleCellDifference(int Length, double Depth, NeedleCell? A, NeedleCell? B)
{
    /// <summary>Gets the mean of B less that of A, from -1 to 1; null where one of them is missing.</summary>
    public double? Difference => B?.Mean - A?.Mean;

    /// <summary>Gets the 95 % interval of A's mean; null where it is missing.</summary>
    public WilsonInterval? IntervalA => IntervalOf(A);

    /// <summary>Gets the 95 % interval of B's mean; null where it is missing.</summary>
    public WilsonInterval? IntervalB => IntervalOf(B);

    private static WilsonInterval? IntervalOf(NeedleCell? cell) => cell is { Mean: { } mean } ? WilsonInterval.Of(mean * cell.Scored, cell.Scored) : null;
}
