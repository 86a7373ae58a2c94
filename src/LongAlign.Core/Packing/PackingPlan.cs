using System.Collections;
using System.Globalization;
using LongAlign.Sequences;

namespace LongAlign.Packing;

/// <summary>
/// A plan of which sequences share a pack: indices in one array, and the start of each pack in it. Immutable.
/// </summary>
public sealed class PackingPlan : IReadOnlyList<MicroBatch>
{
    private readonly int[] _indices;
    private readonly int[] _starts;
    private readonly OverlongSequences _overlong;

    /// <summary>Makes a plan.</summary>
    /// <param name="input">The input of the packing.</param>
    /// <param name="indices">The sequences, pack by pack.</param>
    /// <param name="starts">The start of each pack in them, and the end of the last.</param>
    /// <param name="tokenCount">Tokens in packs.</param>
    internal PackingPlan(PackingInput input, int[] indices, int[] starts, long tokenCount)
    {
        _indices = indices;
        _starts = starts;
        _overlong = input.Overlong;
        MaxSequencesPerPack = input.MaxSequencesPerPack;
        TokenCount = tokenCount;
    }

    private PackingPlan(PackingPlan other, int[] indices)
    {
        _indices = indices;
        _starts = other._starts;
        _overlong = other._overlong;
        MaxSequencesPerPack = other.MaxSequencesPerPack;
        TokenCount = other.TokenCount;
    }

    /// <summary>Makes a plan from given packs and checks it, for your own <see cref="IPackingAlgorithm"/>.</summary>
    /// <param name="lengths">Tokens of each sequence, at least one sequence, each of at least one token.</param>
    /// <param name="packs">The sequences of each pack, in the order in which they are laid out; enumerated once.</param>
    /// <param name="capacity">The most tokens in a pack, from 1 to <see cref="PackingAlgorithm.MaxCapacity"/>.</param>
    /// <param name="overlong">The policy for sequences longer than <paramref name="capacity"/>; with <see cref="OverlongPolicy.Drop"/> they are in no pack. An error by default.</param>
    /// <param name="maxSequencesPerPack">The most sequences in a pack, at least 1; no limit by default.</param>
    /// <returns>A plan with every sequence in exactly one pack, or listed as left out.</returns>
    /// <exception cref="ArgumentException">
    /// A pack is empty, has more tokens than <paramref name="capacity"/> or more sequences than it may have; a sequence does not exist, is in two packs,
    /// in none although it is not too long, or in one although it is left out; or the lengths are wrong. The message names the pack and the sequence.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> or <paramref name="maxSequencesPerPack"/> is out of range.</exception>
    /// <example>
    /// <code>
    /// PackingPlan plan = PackingPlan.FromPacks(lengths: [5, 3, 4], packs: [[0, 1], [2]], capacity: 8);
    /// </code>
    /// </example>
    public static PackingPlan FromPacks(
        ReadOnlySpan<int> lengths, IEnumerable<IEnumerable<int>> packs, int capacity, OverlongPolicy overlong = OverlongPolicy.Throw, int maxSequencesPerPack = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(packs);
        CheckedPacks checkedPacks = new(new PackingInput(lengths, capacity, overlong, maxSequencesPerPack));
        foreach (IEnumerable<int> pack in packs)
        {
            checkedPacks.Add(pack);
        }

        return checkedPacks.ToPlan();
    }

    /// <summary>The number of packs.</summary>
    public int Count => _starts.Length - 1;

    /// <summary>The most tokens in a pack.</summary>
    public int Capacity => Limit.MaxTokens;

    /// <summary>The most sequences in a pack; <see cref="int.MaxValue"/> where only tokens count.</summary>
    public int MaxSequencesPerPack { get; }

    /// <summary>The policy for sequences longer than the capacity.</summary>
    public OverlongPolicy Overlong => _overlong.Policy;

    /// <summary>The limit that cuts sequences to the capacity.</summary>
    public LengthLimit Limit => _overlong.Limit;

    /// <summary>Sequences in packs.</summary>
    public int SequenceCount => _indices.Length;

    /// <summary>Tokens in packs, cut tokens not counted.</summary>
    public long TokenCount { get; }

    /// <summary>Tokens that packs lack to be full.</summary>
    public long PaddingCount => ((long)Count * Capacity) - TokenCount;

    /// <summary>Tokens over packs times capacity, from 0 to 1; 1 where there is no pack.</summary>
    public double Efficiency => Count == 0 ? 1 : TokenCount / ((double)Count * Capacity);

    /// <summary>No plan can have fewer packs: tokens over capacity, or sequences over their cap, rounded up.</summary>
    public long LowerBound => Math.Max((TokenCount + Capacity - 1) / Capacity, (SequenceCount + (long)MaxSequencesPerPack - 1) / MaxSequencesPerPack);

    /// <summary>Sequences in no pack, ascending.</summary>
    public IReadOnlyList<int> LeftOut => _overlong.LeftOut;

    /// <summary>Sequences that are cut to the capacity, ascending.</summary>
    public IReadOnlyList<int> Truncated => _overlong.Truncated;

    /// <summary>Gets a pack.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    public MicroBatch this[int index] => new(_indices.AsMemory(_starts[index].._starts[index + 1]), Limit);

    /// <summary>The same packs with other sequences of the same lengths in them.</summary>
    /// <param name="replacements">For each sequence, the one that takes its place.</param>
    internal PackingPlan Replace(int[] replacements) => new(this, Array.ConvertAll(_indices, index => replacements[index]));

    /// <inheritdoc/>
    public IEnumerator<MicroBatch> GetEnumerator()
    {
        for (int pack = 0; pack < Count; pack++)
        {
            yield return this[pack];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>One line for a report.</summary>
    /// <returns>Packs, sequences, how full packs are, and what was cut or left out.</returns>
    public override string ToString()
    {
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{SequenceCount:N0} sequences in {Count:N0} packs of {Capacity:N0} tokens, {Efficiency:P1} full (at least {LowerBound:N0} packs are needed)");
        return text
            + (Truncated.Count > 0 ? string.Create(CultureInfo.InvariantCulture, $", {Truncated.Count:N0} truncated") : "")
            + (LeftOut.Count > 0 ? string.Create(CultureInfo.InvariantCulture, $", {LeftOut.Count:N0} left out") : "");
    }
}
