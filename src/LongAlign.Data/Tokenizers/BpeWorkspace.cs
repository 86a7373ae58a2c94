namespace LongAlign.Data;

/// <summary>
/// Tokens that know their neighbours, and the pairs that wait to be merged: in a list for each rank, as runs of the same letter make very many of few ranks, with a
/// queue of the ranks alone.
/// </summary>
internal sealed class BpeWorkspace
{
    private readonly PriorityQueue<int, int> _ranks = new();
    private readonly List<(int Place, int Next)> _waiting = [];
    private readonly List<int> _places = [];
    private int[] _heads = []; // of each rank the last in _waiting, from 1; 0 for none
    private int[] _results = [];
    private int _taken;

    public int[] Tokens { get; private set; } = [];

    /// <summary>The place of the token behind each; negative for none.</summary>
    public int[] Next { get; private set; } = [];

    /// <summary>The place of the token before each; negative for none.</summary>
    public int[] Previous { get; private set; } = [];

    /// <summary>The rank that is being merged.</summary>
    public int Rank { get; private set; }

    /// <summary>The token that pairs of this rank become, or, where pieces have the same score, some of them.</summary>
    public int Token { get; private set; }

    public void Begin(int count, int ranks)
    {
        if (Tokens.Length < count)
        {
            int size = Math.Max(count, 2 * Tokens.Length);
            (Tokens, Next, Previous) = (new int[size], new int[size], new int[size]);
        }

        if (_heads.Length < ranks)
        {
            (_heads, _results) = (new int[ranks], new int[ranks]);
        }

        _waiting.Clear();
        _places.Clear();
        (Rank, _taken) = (-1, 0);
    }

    public void Link(ReadOnlySpan<int> tokens)
    {
        tokens.CopyTo(Tokens);
        for (int i = 0; i < tokens.Length; i++)
        {
            Next[i] = i + 1;
            Previous[i] = i - 1;
        }

        Next[tokens.Length - 1] = -1;
    }

    /// <summary>A pair waits.</summary>
    public void Add(int rank, int token, int place)
    {
        if (rank == Rank)
        {
            int at = _places.BinarySearch(_taken, _places.Count - _taken, place, comparer: null);
            _places.Insert(at < 0 ? ~at : at, place);
            return;
        }

        if (_heads[rank] == 0)
        {
            _ranks.Enqueue(rank, rank);
            _results[rank] = token;
        }

        _waiting.Add((place, _heads[rank]));
        _heads[rank] = _waiting.Count;
    }

    /// <summary>Takes the lowest rank that has pairs.</summary>
    public bool TryTakeLowest()
    {
        if (!_ranks.TryDequeue(out int rank, out _))
        {
            return false;
        }

        _places.Clear();
        _taken = 0;
        for (int i = _heads[rank]; i > 0; i = _waiting[i - 1].Next)
        {
            _places.Add(_waiting[i - 1].Place);
        }

        _heads[rank] = 0;
        (Rank, Token) = (rank, _results[rank]);
        _places.Sort();
        return true;
    }

    /// <summary>Takes the leftmost place of the pairs of that rank.</summary>
    public bool TryTakeLeftmost(out int place)
    {
        bool isLeft = _taken < _places.Count;
        place = isLeft ? _places[_taken++] : 0;
        return isLeft;
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
