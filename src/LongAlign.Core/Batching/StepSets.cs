using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>The sets of sequences of an epoch's steps: all sequences step by step, and where each step begins.</summary>
internal sealed class StepSets
{
    private readonly int[] _sequences;
    private readonly int[] _starts;

    private StepSets(int[] sequences, int[] starts, IReadOnlyList<int> dropped)
    {
        _sequences = sequences;
        _starts = starts;
        Dropped = dropped;
    }

    /// <summary>Sequences in no step.</summary>
    public IReadOnlyList<int> Dropped { get; }

    /// <summary>Gets the sequences of a step.</summary>
    public ReadOnlyMemory<int> this[int step] => _sequences.AsMemory(_starts[step].._starts[step + 1]);

    /// <summary>Takes the next ones of a random order, as naive batching does.</summary>
    /// <param name="kept">The sequences.</param>
    /// <param name="size">Sequences of a step.</param>
    /// <param name="steps">The number of steps; what they have no room for is dropped, and what they lack is repeated if <paramref name="fill"/>.</param>
    /// <param name="fill">Whether the last step is filled with sequences from the beginning of the order.</param>
    /// <param name="random">Decides the order.</param>
    public static StepSets Random(int[] kept, int size, int steps, bool fill, ref SeededRandom random)
    {
        int[] order = Shuffle(kept, ref random);
        int used = fill ? checked(steps * size) : (int)Math.Min(order.Length, (long)steps * size);
        int[] sequences = new int[used];
        for (int i = 0; i < used; i++)
        {
            sequences[i] = order[i % order.Length];
        }

        int[] starts = new int[steps + 1];
        for (int step = 1; step <= steps; step++)
        {
            starts[step] = (int)Math.Min(used, (long)step * size);
        }

        return new StepSets(sequences, starts, used < order.Length ? order[used..] : []);
    }

    /// <summary>
    /// A sequence of each stratum. Strata have as many sequences as there are steps; what is left over is one smaller stratum, at a random
    /// place, which gives a sequence to some steps only, so that steps differ by one at most.
    /// </summary>
    /// <param name="sorted">The sequences by length.</param>
    /// <param name="size">Sequences of a step.</param>
    /// <param name="steps">The number of steps.</param>
    /// <param name="fill">Whether sequences are repeated until every step has <paramref name="size"/>.</param>
    /// <param name="random">Decides all that is random.</param>
    public static StepSets Stratified(int[] sorted, int size, int steps, bool fill, ref SeededRandom random)
    {
        if (steps == 0)
        {
            return new StepSets([], [0], sorted);
        }

        int room = fill ? checked(steps * size) : (int)Math.Min(sorted.Length, (long)steps * size);
        (int[] taken, int[] dropped) = room < sorted.Length ? Drop(sorted, sorted.Length - room, ref random)
            : (Fill(sorted, room - sorted.Length, ref random), []);
        (int whole, int left) = Math.DivRem(taken.Length, steps);
        int[] extraSteps = random.Permutation(steps).AsSpan(0, left).ToArray();
        int[] starts = new int[steps + 1];
        foreach (int step in extraSteps)
        {
            starts[step + 1] = 1;
        }

        for (int step = 0; step < steps; step++)
        {
            starts[step + 1] += starts[step] + whole;
        }

        int[] next = starts[..steps];
        int[] sequences = new int[taken.Length];
        int smallAt = random.Next(whole + 1);
        Span<int> rest = taken;
        for (int stratum = 0; stratum <= whole; stratum++)
        {
            Span<int> members = rest[..(stratum == smallAt ? left : steps)];
            rest = rest[members.Length..];
            random.Shuffle(members);
            for (int i = 0; i < members.Length; i++)
            {
                sequences[next[stratum == smallAt ? extraSteps[i] : i]++] = members[i];
            }
        }

        return new StepSets(sequences, starts, dropped);
    }

    /// <summary>The sequences in random order.</summary>
    public static int[] Shuffle(int[] kept, ref SeededRandom random)
    {
        int[] order = [.. kept];
        random.Shuffle(order.AsSpan());
        return order;
    }

    /// <summary>Leaves out some, at random.</summary>
    private static (int[] Taken, int[] Dropped) Drop(int[] sorted, int count, ref SeededRandom random)
    {
        int[] places = random.Permutation(sorted.Length);
        Array.Sort(places, 0, count);
        Array.Sort(places, count, sorted.Length - count);
        return (Array.ConvertAll(places[count..], place => sorted[place]), Array.ConvertAll(places[..count], place => sorted[place]));
    }

    /// <summary>A copy in which some are repeated, at random, each beside itself, so that it stays sorted.</summary>
    private static int[] Fill(int[] sorted, int count, ref SeededRandom random)
    {
        int[] again = count > 0 ? random.Permutation(sorted.Length) : [];
        int[] places = new int[sorted.Length + count];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = i < sorted.Length ? i : again[(i - sorted.Length) % again.Length];
        }

        if (count > 0)
        {
            Array.Sort(places);
        }

        return Array.ConvertAll(places, place => sorted[place]);
    }
}
