using System.Runtime.InteropServices;

namespace LongAlign.Data;

/// <summary>The merges of pairs of tokens, and their order: the lowest rank first, of equal ones the leftmost.</summary>
internal sealed class BpeMerges
{
    [ThreadStatic]
    private static BpeWorkspace? t_workspace;

    private readonly Dictionary<ulong, (int Rank, int Token)> _merges;
    private readonly HashSet<int> _used = [];
    private int _ranks;

    public BpeMerges(int capacity = 0) => _merges = new Dictionary<ulong, (int Rank, int Token)>(capacity);

    /// <summary>Adds a pair; of two equal ones the last stays.</summary>
    public void Add(int left, int right, int rank, int token)
    {
        _merges[KeyOf(left, right)] = (rank, token);
        _ranks = Math.Max(_ranks, rank + 1);
        _used.Add(left);
        _used.Add(right);
    }

    /// <summary>Whether a token is part of any pair.</summary>
    public bool Uses(int token) => _used.Contains(token);

    /// <summary>Merges the tokens of a list from a place on.</summary>
    public void Apply(List<int> tokens, int start)
    {
        int count = tokens.Count - start;
        if (count < 2 || _merges.Count == 0)
        {
            return;
        }

        BpeWorkspace work = t_workspace ??= new BpeWorkspace();
        work.Begin(count, _ranks);
        for (int i = start; i + 1 < tokens.Count; i++)
        {
            Offer(work, tokens[i], tokens[i + 1], i - start);
        }

        if (!work.TryTakeLowest())
        {
            return;
        }

        work.Link(CollectionsMarshal.AsSpan(tokens)[start..]);
        do
        {
            while (work.TryTakeLeftmost(out int left))
            {
                Merge(work, left);
            }
        }
        while (work.TryTakeLowest());

        int kept = start;
        for (int i = 0; i >= 0; i = work.Next[i])
        {
            tokens[kept++] = work.Tokens[i];
        }

        tokens.RemoveRange(kept, tokens.Count - kept);
    }

    private static ulong KeyOf(int left, int right) => (((ulong)(uint)left << 32) | (uint)right) * 0x9E3779B97F4A7C15;

    private void Merge(BpeWorkspace work, int left)
    {
        // What waited may be gone or have changed. As in the reference, a pair that becomes the same token may take its place.
        int right = work.Tokens[left] < 0 ? -1 : work.Next[left];
        if (right < 0 || !_merges.TryGetValue(KeyOf(work.Tokens[left], work.Tokens[right]), out (int Rank, int Token) merge) || (merge.Rank != work.Rank && merge.Token != work.Token))
        {
            return;
        }

        work.Merge(left, right, merge.Token);
        if (work.Previous[left] is var before and >= 0)
        {
            Offer(work, work.Tokens[before], merge.Token, before);
        }

        if (work.Next[left] is var after and >= 0)
        {
            Offer(work, merge.Token, work.Tokens[after], left);
        }
    }

    private void Offer(BpeWorkspace work, int left, int right, int place)
    {
        if (_merges.TryGetValue(KeyOf(left, right), out (int Rank, int Token) merge))
        {
            work.Add(merge.Rank, merge.Token, place);
        }
    }
}
