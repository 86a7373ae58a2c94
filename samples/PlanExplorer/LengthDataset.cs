using LongAlign.Sequences;

namespace PlanExplorer;

/// <summary>Sequences of which only the lengths are known: enough to plan with.</summary>
internal sealed class LengthDataset(int[] lengths) : ISequenceDataset
{
    public int Count => lengths.Length;

    public ReadOnlySpan<int> Lengths => lengths;

    public ReadOnlySpan<int> TargetCounts => lengths;

    public int CountTargets(int index, int start, int length) => length - 1;

    public void CopyTo(int index, int start, Span<long> inputIds, Span<long> labels) => throw new NotSupportedException("There are no tokens.");
}
