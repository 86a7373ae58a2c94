using LongAlign.Sequences;

namespace LongAlign.Data.Export;

/// <summary>One row of the reference's files, filled again and again.</summary>
internal sealed class ReferenceRow(PackSource source, int width)
{
    public long[] InputIds { get; } = new long[width];

    public long[] Labels { get; } = new long[width];

    public float[] LossWeights { get; } = new float[width];

    /// <summary>The first token of each sequence, the end of the last, and the width if padding follows.</summary>
    public List<int> Boundaries { get; } = [];

    /// <summary>Lays the sequences of a pack one after another, and padding behind them.</summary>
    public void Fill(MicroBatch pack)
    {
        Boundaries.Clear();
        Boundaries.Add(0);
        int end = 0;
        foreach (int sequence in pack.Indices.Span)
        {
            end += source.Write(pack, sequence, InputIds.AsSpan(end), Labels.AsSpan(end), LossWeights.AsSpan(end));
            Boundaries.Add(end);
        }

        InputIds.AsSpan(end).Clear();
        Labels.AsSpan(end).Fill(TokenSequence.IgnoreIndex);
        LossWeights.AsSpan(end).Clear();
        if (end < width)
        {
            Boundaries.Add(width);
        }
    }
}
