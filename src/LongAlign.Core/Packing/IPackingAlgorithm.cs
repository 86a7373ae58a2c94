namespace LongAlign.Packing;

/// <summary>Decides which sequences share a pack. Works on lengths; reads no token.</summary>
/// <remarks>
/// Immutable and thread-safe. The same lengths give the same plan on every platform. Your own algorithm makes its plan with
/// <see cref="PackingPlan.FromPacks"/>.
/// </remarks>
/// <example>
/// <code>
/// public sealed class EachAlone : IPackingAlgorithm
/// {
///     public string Name => "each alone";
///
///     public PackingPlan Pack(ReadOnlySpan&lt;int> lengths, int capacity, OverlongPolicy overlong = OverlongPolicy.Throw, int maxSequencesPerPack = int.MaxValue)
///         => PackingPlan.FromPacks(lengths, Enumerable.Range(0, lengths.Length).Select(i => new[] { i }), capacity, overlong, maxSequencesPerPack);
/// }
/// </code>
/// </example>
public interface IPackingAlgorithm
{
    /// <summary>The algorithm's name, for reports.</summary>
    string Name { get; }

    /// <summary>Puts sequences into packs.</summary>
    /// <param name="lengths">Tokens of each sequence, at least one sequence, each of at least one token.</param>
    /// <param name="capacity">The most tokens in a pack, from 1 to <see cref="PackingAlgorithm.MaxCapacity"/>.</param>
    /// <param name="overlong">The policy for sequences longer than <paramref name="capacity"/>; an error by default.</param>
    /// <param name="maxSequencesPerPack">The most sequences in a pack, at least 1; no limit by default.</param>
    /// <returns>A plan with every sequence in exactly one pack, or listed as left out.</returns>
    /// <exception cref="ArgumentException">The dataset is empty, a sequence has no tokens, or a sequence is too long under <see cref="OverlongPolicy.Throw"/>; the message names its index.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> or <paramref name="maxSequencesPerPack"/> is out of range.</exception>
    PackingPlan Pack(ReadOnlySpan<int> lengths, int capacity, OverlongPolicy overlong = OverlongPolicy.Throw, int maxSequencesPerPack = int.MaxValue);
}
