namespace LongAlign.Batching;

/// <summary>Decides which sequences go together in which step. Works on lengths; reads no token.</summary>
/// <remarks>Immutable and thread-safe. The same options give the same steps on every platform and in every process.</remarks>
public interface IBatchSampler
{
    /// <summary>Steps of one epoch; the same for every epoch.</summary>
    int StepsPerEpoch { get; }

    /// <summary>The steps of an epoch, in order, for this sampler's rank.</summary>
    /// <param name="epoch">The epoch, from 0; it decides the order together with the seed.</param>
    /// <returns><see cref="StepsPerEpoch"/> steps, made as they are asked for.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="epoch"/> is negative.</exception>
    IEnumerable<BatchStep> GetSteps(int epoch);

    /// <summary>Indices of the sequences that <see cref="UnevenEnd.Drop"/> or an overlong policy keeps out of an epoch.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <returns>The indices, ascending; empty where every sequence is seen.</returns>
    IReadOnlyList<int> GetLeftOut(int epoch);
}
