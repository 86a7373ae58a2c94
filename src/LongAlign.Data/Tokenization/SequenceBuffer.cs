using System.Runtime.InteropServices;
using LongAlign.Sequences;

namespace LongAlign.Data;

/// <summary>A sequence while it is made. For one thread; used again for the next, so that nothing is allocated but what comes out.</summary>
internal sealed class SequenceBuffer
{
    private readonly List<int> _labels = [];
    private char[] _text = [];

    public List<int> Ids { get; } = [];

    public Span<int> Labels => CollectionsMarshal.AsSpan(_labels);

    /// <summary>The places of the prompts' tokens, in order.</summary>
    public List<(int Start, int Length)> Prompts { get; } = [];

    public void Clear()
    {
        Ids.Clear();
        _labels.Clear();
        Prompts.Clear();
    }

    /// <summary>The text of a segment, until the next is read.</summary>
    public ReadOnlySpan<char> Read(ChatSegment segment) => segment.Read(ref _text);

    /// <summary>Labels the ids that were added since the last time.</summary>
    /// <returns>Their labels.</returns>
    public Span<int> Label(bool isTarget) => Label(isTarget, Ids.Count);

    /// <summary>Labels the ids up to one, from the first that has no label.</summary>
    public Span<int> Label(bool isTarget, int end)
    {
        int start = _labels.Count;
        CollectionsMarshal.SetCount(_labels, end);
        Span<int> added = Labels[start..];
        if (isTarget)
        {
            CollectionsMarshal.AsSpan(Ids)[start..end].CopyTo(added);
        }
        else
        {
            added.Fill(TokenSequence.IgnoreIndex);
        }

        return added;
    }

    public void Remove(int start, int count)
    {
        Ids.RemoveRange(start, count);
        _labels.RemoveRange(start, count);
    }

    public TokenSequence ToSequence() => new(CollectionsMarshal.AsSpan(Ids), Labels);
}
