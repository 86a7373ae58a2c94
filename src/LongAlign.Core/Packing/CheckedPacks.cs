namespace LongAlign.Packing;

/// <summary>Packs that somebody else chose, checked as they come.</summary>
internal ref struct CheckedPacks
{
    private const int None = -1;

    private readonly PackingInput _input;
    private readonly int[] _packOf;
    private readonly int[] _indices;
    private readonly List<int> _starts = [];
    private int _placed;
    private long _tokens;

    public CheckedPacks(PackingInput input)
    {
        _input = input;
        _indices = new int[input.PlacedCount];
        _packOf = new int[input.Count];
        Array.Fill(_packOf, None);
    }

    /// <summary>Adds the next pack.</summary>
    /// <exception cref="ArgumentException">It is not a pack of these sequences; the message says why.</exception>
    public void Add(IEnumerable<int> sequences)
    {
        int pack = _starts.Count;
        _starts.Add(_placed);
        if (sequences is null)
        {
            throw Fault($"Pack {pack} is null.");
        }

        long tokens = 0;
        foreach (int sequence in sequences)
        {
            Place(sequence, pack);
            int length = _input.LengthOf(sequence);
            if (length > _input.Capacity - tokens)
            {
                throw Fault($"Pack {pack} has {tokens} tokens and sequence {sequence} {length} more; expected at most {_input.Capacity} in a pack.");
            }

            tokens += length;
            if (_placed - _starts[pack] > _input.MaxSequencesPerPack)
            {
                throw Fault($"Pack {pack} has {_input.MaxSequencesPerPack} sequences before sequence {sequence}; expected no more in a pack.");
            }
        }

        if (tokens == 0)
        {
            throw Fault($"Pack {pack} is empty; expected at least one sequence.");
        }

        _tokens += tokens;
    }

    /// <summary>The plan of all packs.</summary>
    /// <exception cref="ArgumentException">A sequence is in no pack; the message names it.</exception>
    public readonly PackingPlan ToPlan()
    {
        for (int sequence = 0; _placed < _indices.Length; sequence++)
        {
            if (_packOf[sequence] == None && _input.LengthOf(sequence) > 0)
            {
                throw Fault($"Sequence {sequence} is in no pack ({_indices.Length - _placed} such in all); expected every sequence in one.");
            }
        }

        return new PackingPlan(_input, _indices, [.. _starts, _placed], _tokens);
    }

    private void Place(int sequence, int pack)
    {
        if ((uint)sequence >= (uint)_input.Count)
        {
            throw Fault($"Pack {pack} has sequence {sequence}; expected a sequence from 0 to {_input.Count - 1}.");
        }

        if (_input.LengthOf(sequence) == 0)
        {
            throw Fault($"Pack {pack} has sequence {sequence}, which is longer than {_input.Capacity} tokens and left out ({_input.Overlong.Policy}); expected it in no pack.");
        }

        if (_packOf[sequence] != None)
        {
            throw Fault($"Pack {pack} has sequence {sequence}, which pack {_packOf[sequence]} has already; expected every sequence in one pack.");
        }

        _packOf[sequence] = pack;
        _indices[_placed++] = sequence;
    }

    private static ArgumentException Fault(string message) => new(message);
}
