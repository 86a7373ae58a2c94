using LongAlign.Evaluation.Needles;

namespace LongAlign.Evaluation.Comparisons;

/// <summary>One cell of two needle maps.</summary>
public sealed class NeedleCellDifference
{
    internal NeedleCellDifference(int length, double depth, NeedleCell? a, NeedleCell? b)
    {
        Length = length;
        Depth = depth;
        A = a;
        B = b;
    }

    /// <summary>Gets its length in tokens.</summary>
    public int Length { get; }

    /// <summary>Gets its depth in per cent.</summary>
    public double Depth { get; }

    /// <summary>Gets the base's cell; null where its map has none.</summary>
    public NeedleCell? A { get; }

    /// <summary>Gets the other's cell; null where its map has none.</summary>
    public NeedleCell? B { get; }

    /// <summary>Gets the mean of B less that of A, from -1 to 1; null where one of them is missing.</summary>
    public double? Difference => B?.Mean - A?.Mean;

    /// <summary>Gets the 95 % interval of A's mean; null where it is missing.</summary>
    public WilsonInterval? IntervalA => IntervalOf(A);

    /// <summary>Gets the 95 % interval of B's mean; null where it is missing.</summary>
    public WilsonInterval? IntervalB => IntervalOf(B);

    private static WilsonInterval? IntervalOf(NeedleCell? cell) => cell is { Mean: { } mean } ? WilsonInterval.Of(mean * cell.Scored, cell.Scored) : null;
}
