using System.Globalization;
using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>
/// The evenness of the weights of an epoch's sequences. In a step a sequence counts 1/M (<see cref="StepTotals.SequenceCount"/>): it counts
/// more where steps have fewer. Immutable.
/// </summary>
public sealed class EpochEvenness
{
    private readonly int[] _stepSizes;
    private readonly int[] _sorted;

    internal EpochEvenness(IEnumerable<int> stepSizes)
    {
        _stepSizes = [.. stepSizes];
        _sorted = [.. _stepSizes.Where(size => size > 0).Order()];
        double sequences = _sorted.Sum(size => (double)size);
        double squaredWeights = _sorted.Sum(size => 1.0 / size);
        Share = _sorted.Length == 0 ? 1 : _sorted.Length / sequences * (_sorted.Length / squaredWeights);
    }

    /// <summary>
    /// The effective number of sequences over their number, (Σw)² / (n Σw²) with w = 1/M of the step that a sequence is in (Kish 1965): from more
    /// than 0 to 1, where every sequence counts the same.
    /// </summary>
    public double Share { get; }

    /// <summary>M of every step, in order; 0 where a step has no target.</summary>
    public IReadOnlyList<int> StepSizes => _stepSizes;

    /// <summary>The smallest M that is more than 0.</summary>
    public int Smallest => _sorted is [var smallest, ..] ? smallest : 0;

    /// <summary>The M in the middle.</summary>
    public int Median => _sorted.Length > 0 ? _sorted[_sorted.Length / 2] : 0;

    /// <summary>The largest M.</summary>
    public int Largest => _sorted is [.., var largest] ? largest : 0;

    /// <summary>Goes through the steps of an epoch. No token is read.</summary>
    /// <param name="sampler">Of any rank.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <returns>Its evenness.</returns>
    public static EpochEvenness Of(IBatchSampler sampler, int epoch = 0)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        return new EpochEvenness(sampler.GetSteps(epoch).Select(step => step.Totals.SequenceCount));
    }

    /// <summary>One line for a report.</summary>
    /// <returns>The share and the sizes of steps.</returns>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"evenness {Share:P1}, steps of {Smallest:N0} / {Median:N0} / {Largest:N0} sequences (smallest, median, largest)");
}
