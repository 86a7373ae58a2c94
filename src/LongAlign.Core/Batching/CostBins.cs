using System.Numerics.Tensors;

namespace LongAlign.Batching;

/// <summary>Bins of sequences, of like cost: the shares of ranks, or the micro-batches of a rank.</summary>
internal sealed class CostBins
{
    private const double CloseEnough = 1e-4;

    private readonly int[] _lengths;
    private readonly AttentionCostModel _cost;
    private readonly List<int>[] _members;
    private readonly double[] _costs;
    private readonly int[] _rooms;

    private CostBins(int[] lengths, AttentionCostModel cost, int count, int capacity)
    {
        _lengths = lengths;
        _cost = cost;
        _members = new List<int>[count];
        _costs = new double[count];
        _rooms = new int[count];
        for (int bin = 0; bin < count; bin++)
        {
            _members[bin] = [];
            _rooms[bin] = capacity;
        }
    }

    public int Count => _members.Length;

    /// <summary>Gets the sequences of a bin, longest first.</summary>
    public IReadOnlyList<int> this[int bin] => _members[bin];

    public double CostOf(int bin) => _costs[bin];

    /// <summary>Longest processing time first (Graham 1969): the longest sequence that is left goes to the bin that costs least.</summary>
    /// <param name="sequences">Longest first.</param>
    /// <param name="lengths">Tokens of each sequence of the dataset.</param>
    /// <param name="cost">The cost of a sequence.</param>
    /// <param name="count">The number of bins.</param>
    public static CostBins Deal(ReadOnlySpan<int> sequences, int[] lengths, AttentionCostModel cost, int count)
    {
        CostBins bins = new(lengths, cost, count, int.MaxValue);
        foreach (int sequence in sequences)
        {
            bins.Add(sequence, TensorPrimitives.IndexOfMin<double>(bins._costs));
        }

        return bins;
    }

    /// <summary>The same with bins that hold only so much: the bin that costs least among those that have room; null where none has.</summary>
    /// <param name="sequences">Longest first.</param>
    /// <param name="lengths">Tokens of each sequence of the dataset.</param>
    /// <param name="cost">The cost of a sequence.</param>
    /// <param name="count">The number of bins.</param>
    /// <param name="capacity">The most tokens of a bin.</param>
    /// <param name="maxSequences">The most sequences of a bin.</param>
    public static CostBins? TryDeal(ReadOnlySpan<int> sequences, int[] lengths, AttentionCostModel cost, int count, int capacity, int maxSequences)
    {
        CostBins bins = new(lengths, cost, count, capacity);
        foreach (int sequence in sequences)
        {
            int cheapest = -1;
            for (int bin = 0; bin < count; bin++)
            {
                if (lengths[sequence] <= bins._rooms[bin] && bins._members[bin].Count < maxSequences && (cheapest < 0 || bins._costs[bin] < bins._costs[cheapest]))
                {
                    cheapest = bin;
                }
            }

            if (cheapest < 0)
            {
                return null;
            }

            bins.Add(sequence, cheapest);
        }

        return bins;
    }

    /// <summary>Best fit decreasing: as few bins as that takes, and at least <paramref name="least"/> where there are as many sequences.</summary>
    /// <param name="sequences">Longest first.</param>
    /// <param name="lengths">Tokens of each sequence of the dataset.</param>
    /// <param name="cost">The cost of a sequence.</param>
    /// <param name="least">The number of bins that are opened at once.</param>
    /// <param name="capacity">The most tokens of a bin.</param>
    /// <param name="maxSequences">The most sequences of a bin.</param>
    public static CostBins FitBest(ReadOnlySpan<int> sequences, int[] lengths, AttentionCostModel cost, int least, int capacity, int maxSequences)
    {
        CostBins bins = new(lengths, cost, sequences.Length, capacity);
        int open = 0;
        for (int i = 0; i < sequences.Length; i++)
        {
            int length = lengths[sequences[i]];
            int fullest = -1;
            for (int bin = 0; bin < open && sequences.Length - i > least - open; bin++)
            {
                if (length <= bins._rooms[bin] && bins._members[bin].Count < maxSequences && (fullest < 0 || bins._rooms[bin] < bins._rooms[fullest]))
                {
                    fullest = bin;
                }
            }

            bins.Add(sequences[i], fullest < 0 ? open++ : fullest);
        }

        return bins.First(open);
    }

    /// <summary>
    /// Lets the costliest bin and another exchange sequences, or hand one over, while that makes the costliest of them cheaper.
    /// </summary>
    public void EvenOut()
    {
        double enough = (1 + CloseEnough) * TensorPrimitives.Sum<double>(_costs) / Count;
        int rounds = 2 * Count;
        while (rounds-- > 0)
        {
            int costliest = TensorPrimitives.IndexOfMax<double>(_costs);
            int cheapest = TensorPrimitives.IndexOfMin<double>(_costs);
            if (_costs[costliest] <= enough || !Exchange(costliest, cheapest))
            {
                return;
            }
        }
    }

    /// <summary>The exchange that brings the two nearest to each other.</summary>
    private bool Exchange(int high, int low)
    {
        double gap = _costs[high] - _costs[low];
        double best = gap / 2;
        (int Given, int Taken) found = (-1, -1);
        List<int> given = _members[high];
        List<int> taken = _members[low];
        int other = 0;
        for (int i = 0; i < given.Count; i++)
        {
            double cost = SequenceCost(given[i]);
            double wanted = cost - (gap / 2); // of what comes back

            // Both are sorted: what is wanted comes further and further down.
            while (other < taken.Count && SequenceCost(taken[other]) > wanted)
            {
                other++;
            }

            Try(i, other - 1, cost);
            Try(i, other, cost);
        }

        if (found.Given < 0)
        {
            return false;
        }

        int up = given[found.Given];
        Remove(high, found.Given);
        if (found.Taken < taken.Count)
        {
            int down = taken[found.Taken];
            Remove(low, found.Taken);
            Insert(high, down);
        }

        Insert(low, up);
        return true;

        // Behind the last sequence there is nothing to come back, which costs nothing.
        void Try(int i, int j, double cost)
        {
            if (j < 0)
            {
                return;
            }

            double moved = cost - (j < taken.Count ? SequenceCost(taken[j]) : 0);
            double miss = Math.Abs(moved - (gap / 2));
            if (miss < best * (1 - CloseEnough))
            {
                best = miss;
                found = (i, j);
            }
        }
    }

    private double SequenceCost(int sequence) => _cost.GetSequenceCost(_lengths[sequence]);

    private void Add(int sequence, int bin)
    {
        _members[bin].Add(sequence);
        _costs[bin] += SequenceCost(sequence);
        _rooms[bin] -= _lengths[sequence];
    }

    private void Remove(int bin, int place)
    {
        int sequence = _members[bin][place];
        _members[bin].RemoveAt(place);
        _costs[bin] -= SequenceCost(sequence);
    }

    private void Insert(int bin, int sequence)
    {
        List<int> members = _members[bin];
        int place = members.Count;
        while (place > 0 && _lengths[members[place - 1]] < _lengths[sequence])
        {
            place--;
        }

        members.Insert(place, sequence);
        _costs[bin] += SequenceCost(sequence);
    }

    private CostBins First(int count)
    {
        CostBins bins = new(_lengths, _cost, count, 0);
        Array.Copy(_members, bins._members, count);
        Array.Copy(_costs, bins._costs, count);
        Array.Copy(_rooms, bins._rooms, count);
        return bins;
    }
}
