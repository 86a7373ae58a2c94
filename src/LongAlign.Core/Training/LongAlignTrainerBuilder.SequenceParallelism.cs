namespace LongAlign.Training;

public sealed partial class LongAlignTrainerBuilder
{
    private int _sequenceParallelism = 1;

    /// <summary>
    /// Lets several ranks share each pack, so that activations of a rank are those of its part: tokens are split evenly, and attention goes over the whole
    /// pack with a part of the heads on each rank (DeepSpeed-Ulysses). Loss and weights are those of one process on the same steps.
    /// </summary>
    /// <param name="size">
    /// Ranks that share a pack, neighbours by their numbers; the world size has to be a multiple. World size / <paramref name="size"/> groups of
    /// them train data parallel: accumulation and batch sizes that count by rank count by such a group.
    /// </param>
    /// <returns>This builder.</returns>
    /// <remarks>
    /// For packs (<see cref="UsePacking"/>) and models whose tokens meet in <see cref="Attention.BlockDiagonalAttention"/> alone, with a number of heads that
    /// is a multiple of <paramref name="size"/>; key heads may be fewer. A loss of your own has to be an <see cref="ITrainingLoss.IsSumOverTargets"/>.
    /// Evaluations are not split: every rank evaluates whole packs. A cancellation ends the run after the step that is under way.
    /// </remarks>
    public LongAlignTrainerBuilder UseSequenceParallelism(int size)
    {
        _sequenceParallelism = size;
        return Called();
    }

    /// <summary>Ranks that share a pack; at least 1 while faults are being looked for.</summary>
    private int SharingRanks => Math.Clamp(_sequenceParallelism, 1, _group.WorldSize);

    private IEnumerable<string> FindSharingFaults(IReadOnlyCollection<string> batchings)
    {
        const string Call = nameof(UseSequenceParallelism);
        if (_sequenceParallelism < 1 || _group.WorldSize % _sequenceParallelism != 0)
        {
            yield return $"{Call}: {_sequenceParallelism} ranks are to share a pack, and there are {_group.WorldSize}; expected at least 1, and a multiple of it in all.";
        }

        if (_sequenceParallelism <= 1)
        {
            yield break;
        }

        foreach (string padded in batchings.Intersect([nameof(UseSortedBatching), nameof(UseNaiveBatching)]))
        {
            yield return $"{Call} splits packs, and {padded} makes padded rows; expected {nameof(UsePacking)}.";
        }

        if (_loss is { IsSumOverTargets: false })
        {
            yield return $"{Call}: {_loss.GetType().Name} does not say that it is a sum over targets ({nameof(ITrainingLoss)}.{nameof(ITrainingLoss.IsSumOverTargets)}), and a rank has a part of the targets of a sequence.";
        }

        if (_model?.Model.FindSharingFault(_sequenceParallelism) is { } fault)
        {
            yield return $"{Call}: {fault}";
        }
    }
}
