using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>Lets sequences of equal length change places in a plan: other neighbours, and every pack as full as before.</summary>
internal sealed class EqualLengthExchange
{
    private readonly PackingPlan _plan;
    private readonly LengthClasses _classes;
    private readonly int _sequences;

    public EqualLengthExchange(PackingPlan plan, ReadOnlySpan<int> lengths)
    {
        _plan = plan;
        _sequences = lengths.Length;
        _classes = new LengthClasses(new PackingInput(lengths, plan.Capacity, plan.Overlong, plan.MaxSequencesPerPack));
    }

    public PackingPlan Exchange(ref SeededRandom random)
    {
        int[] shuffled = [.. _classes.Order];
        int start = 0;
        for (int length = _classes.MaxLength; length > 0; length--)
        {
            int end = _classes.EndOf(length);
            random.Shuffle(shuffled.AsSpan(start..end));
            start = end;
        }

        int[] replacements = new int[_sequences];
        for (int k = 0; k < shuffled.Length; k++)
        {
            replacements[_classes.Order[k]] = shuffled[k];
        }

        return _plan.Replace(replacements);
    }
}
