using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Sequences;

/// <summary>Compares datasets by all that they say of their sequences.</summary>
internal static class DatasetContents
{
    public static void AssertSame(ISequenceDataset expected, ISequenceDataset actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        Assert.Equal(expected.Lengths.ToArray(), actual.Lengths.ToArray());
        Assert.Equal(expected.TargetCounts.ToArray(), actual.TargetCounts.ToArray());
        for (int i = 0; i < expected.Count; i++)
        {
            int start = expected.Lengths[i] / 2;
            Assert.Equal(expected.CountTargets(i, start, expected.Lengths[i] - start), actual.CountTargets(i, start, expected.Lengths[i] - start));
            Assert.Equal(Slice(expected, i, start), Slice(actual, i, start));
        }
    }

    private static (string, string) Slice(ISequenceDataset dataset, int index, int start)
    {
        long[] ids = new long[dataset.Lengths[index] - start];
        long[] labels = new long[ids.Length];
        dataset.CopyTo(index, start, ids, labels);
        return (string.Join(',', ids), string.Join(',', labels));
    }
}
