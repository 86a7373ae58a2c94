namespace LongAlign.Data;

/// <summary>Which pairs of tokens become one, and in what order: the lowest rank first, of equal ones the leftmost.</summary>
internal sealed class BpeMerges
{
    [ThreadStatic]
    private static Workspace? t_workspace;

    private readonly Dictionary<ulong, (int Rank, int Token)> _merges;

    public BpeMerges(int capacity = 0) => _merges = new Dictionary<ulong, (int Rank, int Token)>(capacity);

    /// <summary>Adds a pair; of two equal ones the last stays.</summary>
    public void Add(int left, int right, int rank, int token) => _merges[KeyOf(left, right)] = (rank, token);

    /// <summary>Merges the tokens of a list from a place on.</summary>
    public void Apply(List<int> tokens, int start)
    {
        int count = tokens.Count - start;
        if (count < 2 || _merges.Count == 0)
        {
            return;
        }

        Workspace work = t_workspace ??= new Workspace();
        work.Begin(tokens, start);
        for (int i = 0; i + 1 < count; i++)
        {
            Offer(work, i, i + 1);
        }

        while (work.Queue.TryDequeue(out int token, out ulong place))
        {
            int left = (int)(uint)place;
            int right = work.Next[left];

            // What waited may be gone, or have become part of another token.
            if (work.Tokens[left] < 0 || right < 0 || !_merges.TryGetValue(KeyOf(work.Tokens[left], work.Tokens[right]), out (int Rank, int Token) merge) || merge.Token != token)
            {
                continue;
            }

            work.Merge(left, right, token);
            if (work.Previous[left] is var before and >= 0)
            {
                Offer(work, before, left);
            }

            if (work.Next[left] is var after and >= 0)
            {
                Offer(work, left, after);
            }
        }

        int kept = start;
        for (int i = 0; i >= 0; i = work.Next[i])
        {
            tokens[kept++] = work.Tokens[i];
        }

        tokens.RemoveRange(kept, tokens.Count - kept);
    }

    private static ulong KeyOf(int left, int right) => (((ulong)(uint)left << 32) | (uint)right) * 0x9E3779B97F4A7C15;

    private void Offer(Workspace work, int left, int right)
    {
        if (_merges.TryGetValue(KeyOf(work.Tokens[left], work.Tokens[right]), out (int Rank, int Token) merge))
        {
            work.Queue.Enqueue(merge.Token, ((ulong)(uint)merge.Rank << 32) | (uint)left);
        }
    }

    /// <summary>A list of tokens that know their neighbours, and the merges that wait.</summary>
    private sealed class Workspace
    {
        public int[] Tokens = [];
        public int[] Next = [];
        public int[] Previous = [];

        public PriorityQueue<int, ulong> Queue { get; } = new();

        public void Begin(List<int> tokens, int start)
        {
            int count = tokens.Count - start;
            if (Tokens.Length < count)
            {
                int size = Math.Max(count, 2 * Tokens.Length);
                (Tokens, Next, Previous) = (new int[size], new int[size], new int[size]);
            }

            for (int i = 0; i < count; i++)
            {
                Tokens[i] = tokens[start + i];
                Next[i] = i + 1 < count ? i + 1 : -1;
                Previous[i] = i - 1;
            }
        }

        public void Merge(int left, int right, int token)
        {
            Tokens[left] = token;
            Tokens[right] = -1;
            Next[left] = Next[right];
            if (Next[right] >= 0)
            {
                Previous[Next[right]] = left;
            }
        }
    }
}
