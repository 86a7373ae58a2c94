using LongAlign.Evaluation.Needles;

namespace LongAlign.Evaluation.Comparisons;

/// <summary>One cell of two needle maps.</summary>
public sealed class NeedleCellDifference
{
    /// <summary>Gets its length in tokens.</summary>
    public required int Length { get; init; }

    /// <summary>Gets its depth in per cent.</summary>
    public required double Depth { get; init; }

    /// <summary>Gets the base's cell; null where its map has none.</summary>
    public required NeedleCell? A { get; init; }

    /// <summary>Gets the other's cell; null where its map has none.</summary>
    public required NeedleCell? B { get; init; }

    /// <summary>Gets the mean of B less that of A, from -1 to 1; null where one of them is missing.</summary>
    public double? Difference => B?.Mean - A?.Mean;

    /// <summary>Gets the 95 % interval of A's mean; null where it is missing.</summary>
    public WilsonInterval? IntervalA => IntervalOf(A);

    /// <summary>Gets the 95 % interval of B's mean; null where it is missing.</summary>
    public WilsonInterval? IntervalB => IntervalOf(B);

    private static WilsonInterval? IntervalOf(NeedleCell? cell) => cell is { Mean: { } mean } ? WilsonInterval.Of(mean * cell.Scored, cell.Scored) : null;
}
