using System.Globalization;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>
/// Chooses the sequences of a step first and packs them then: every step has as many sequences (<see cref="GlobalBatchSize"/>), whatever
/// their lengths, so that packing trains as naive batching of the same size does.
/// </summary>
/// <example>
/// <code>
/// GlobalBatchSampler sampler = new(dataset, globalBatchSize: 192, capacity: 65_536, seed: 42) { WorldSize = 8, Rank = rank };
/// foreach (BatchStep step in sampler.GetSteps(epoch: 0))
/// {
///     // step.MicroBatches: packs of this rank's share; step.Totals: M, K and targets of all eight
/// }
/// </code>
/// </example>
/// <remarks>
/// <para>
/// Where packs are made first and steps of packs, a step holds from one sequence to thousands, and each of them counts 1/M: sequences that
/// come in small steps count more over the epoch. Here M is the same for all steps but the last, or differs by one
/// (<see cref="StepComposition.Stratified"/>).
/// </para>
/// <para>
/// The sequences of a step are dealt to ranks by cost, longest first to the rank that has least, then improved by exchanges. Each rank lays
/// its share into the fewest micro-batches of at most <see cref="Capacity"/> tokens, of like cost; their number may differ between ranks and
/// steps.
/// </para>
/// </remarks>
public sealed class GlobalBatchSampler : BatchSampler
{
    private readonly Lazy<int[]> _sorted;

    /// <summary>Makes a sampler from lengths alone, for planning: it guesses targets, and collators and the trainer refuse its totals (<see cref="StepTotals.IsEstimate"/>).</summary>
    /// <param name="lengths">Tokens of each sequence, each at least 1.</param>
    /// <param name="globalBatchSize">Sequences of a step, over all ranks.</param>
    /// <param name="capacity">The most tokens of a micro-batch, and so of a sequence.</param>
    /// <param name="seed">Decides the order.</param>
    /// <exception cref="ArgumentException">There is no sequence, one has no tokens, or one has more than <paramref name="capacity"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="globalBatchSize"/> or <paramref name="capacity"/> is less than 1.</exception>
    public GlobalBatchSampler(ReadOnlySpan<int> lengths, int globalBatchSize, int capacity, ulong seed)
        : this(EpochSequences.FromLengths(lengths, capacity, OverlongPolicy.Throw), globalBatchSize, seed)
    {
    }

    /// <summary>Makes a sampler that knows the target tokens of every sequence.</summary>
    /// <param name="dataset">The sequences; labels are read only of those that are cut.</param>
    /// <param name="globalBatchSize">Sequences of a step, over all ranks.</param>
    /// <param name="capacity">The most tokens of a micro-batch, and so of a sequence.</param>
    /// <param name="seed">Decides the order.</param>
    /// <param name="overlong">The policy for sequences longer than <paramref name="capacity"/>; an error by default.</param>
    /// <exception cref="ArgumentException">A sequence is too long under <see cref="OverlongPolicy.Throw"/>; the message names it.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="globalBatchSize"/> or <paramref name="capacity"/> is less than 1.</exception>
    public GlobalBatchSampler(
        ISequenceDataset dataset, int globalBatchSize, int capacity, ulong seed = 42, OverlongPolicy overlong = OverlongPolicy.Throw)
        : this(EpochSequences.FromDataset(dataset, capacity, overlong), globalBatchSize, seed)
    {
    }

    internal GlobalBatchSampler(EpochSequences sequences, int globalBatchSize, ulong seed)
        : base(sequences, seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(globalBatchSize, 1);
        GlobalBatchSize = globalBatchSize;
        _sorted = new Lazy<int[]>(sequences.SortByLength);
    }

    /// <summary>Sequences of a step, over all ranks; some steps may have fewer (<see cref="BatchSampler.UnevenEnd"/>).</summary>
    public int GlobalBatchSize { get; }

    /// <summary>The most tokens of a micro-batch.</summary>
    public int Capacity => Sequences.Limit.MaxTokens;

    /// <summary>The rule that chooses the sequences of a step.</summary>
    /// <value><see cref="StepComposition.Stratified"/> by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">No such value.</exception>
    public StepComposition Composition
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Unknown composition of a step.");
    }

    /// <summary>
    /// The points at which ranks wait for each other. With <see cref="RankSynchronization.EachMicroBatch"/> all ranks have the same number
    /// of micro-batches in a step, as far as it has the sequences for that, and the micro-batches that run at the same time cost about the
    /// same.
    /// </summary>
    /// <value><see cref="RankSynchronization.EachStep"/> by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">No such value.</exception>
    public RankSynchronization Synchronization
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Unknown synchronization of ranks.");
    }

    /// <summary>The most sequences of a micro-batch.</summary>
    /// <value>No limit by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxSequencesPerPack
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }

    = int.MaxValue;

    /// <summary>The cost model of sequences. It decides which rank gets which, not which sequences come together in a step.</summary>
    /// <value><see cref="AttentionCostModel.Llama7B64k"/> by default.</value>
    public AttentionCostModel Cost
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }

    = AttentionCostModel.Llama7B64k;

    /// <inheritdoc/>
    public override int StepsPerEpoch => UnevenEnd == UnevenEnd.Drop
        ? Sequences.Kept.Length / GlobalBatchSize
        : (int)((Sequences.Kept.Length + (long)GlobalBatchSize - 1) / GlobalBatchSize);

    /// <inheritdoc/>
    protected override string Description => string.Create(
        CultureInfo.InvariantCulture,
        $"global batches of {GlobalBatchSize} sequences, {Composition}, micro-batches of {Capacity} tokens ({Sequences.Overlong}) and {(MaxSequencesPerPack == int.MaxValue ? "any number of" : MaxSequencesPerPack)} sequences, {Synchronization}, cost {Cost}");

    private protected override string BatchText => string.Create(
        CultureInfo.InvariantCulture,
        $"steps of {GlobalBatchSize} sequences {(Composition == StepComposition.Stratified ? "of all lengths (stratified)" : "in random order")}, in packs of at most {Capacity:N0} tokens{(MaxSequencesPerPack == int.MaxValue ? "" : $" and {MaxSequencesPerPack} sequences")}{(Synchronization == RankSynchronization.EachMicroBatch ? ", ranks wait for each other at each micro-batch" : "")}");

    /// <summary>
    /// The global batch size with which a step has on average the tokens of so many full packs: the step that packing would make of its
    /// packs.
    /// </summary>
    /// <param name="lengths">Tokens of each sequence; longer ones count as cut to <paramref name="capacity"/>.</param>
    /// <param name="capacity">The most tokens of a pack.</param>
    /// <param name="packs">Packs of a step over all ranks: ranks times accumulation.</param>
    /// <returns>A number of sequences, at least <paramref name="packs"/> where there are as many sequences.</returns>
    /// <exception cref="ArgumentException">There is no sequence, or one has no tokens.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacity"/> or <paramref name="packs"/> is less than 1.</exception>
    public static int SizeOfPacks(ReadOnlySpan<int> lengths, int capacity, int packs)
        => SizeOfPacks(EpochSequences.FromLengths(lengths, capacity, OverlongPolicy.TruncateRight), packs);

    internal static int SizeOfPacks(EpochSequences sequences, int packs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(packs, 1);
        int count = sequences.Kept.Length;
        double size = Math.Round((double)sequences.Limit.MaxTokens * packs * count / Math.Max(1, sequences.TokenCount));
        return (int)Math.Clamp(size, 1, Math.Max(1, count));
    }

    /// <inheritdoc/>
    protected override double GetCost(MicroBatch microBatch) => Cost.GetPackedCost(microBatch, Sequences.Lengths);

    /// <summary>
    /// A state as if the ranks here had left it: how many they are and when they wait decides who computes a sequence, not which ones a step has.
    /// </summary>
    internal SamplerState DealtHere(SamplerState state) => state with
    {
        WorldSize = WorldSize,
        Sampler = Enum.GetValues<RankSynchronization>().Aggregate(state.Sampler, (text, other) => text.Replace($" {other}, cost", $" {Synchronization}, cost", StringComparison.Ordinal)),
    };

    internal override string? FindFault() => GlobalBatchSize < WorldSize
        ? $"The global batch size is {GlobalBatchSize} and WorldSize {WorldSize}; expected at least one sequence for each rank."
        : Sequences.Kept.Length < WorldSize
            ? $"There are {Sequences.Kept.Length} sequences and WorldSize is {WorldSize}; expected at least one sequence for each rank."
            : null;

    private protected override IEnumerable<int> GetDropped(int epoch) => UnevenEnd == UnevenEnd.Drop ? Compose(epoch).Dropped : [];

    /// <inheritdoc/>
    protected override Func<int, IReadOnlyList<MicroBatch>> Arrange(int epoch)
    {
        StepSets sets = Compose(epoch);
        StepDealer dealer = new(Sequences.Lengths)
        {
            Cost = Cost,
            WorldSize = WorldSize,
            Limit = Sequences.Limit,
            Capacity = Capacity,
            MaxSequences = MaxSequencesPerPack,
        };
        return Synchronization == RankSynchronization.EachStep
            ? step => dealer.DealByStep(sets[step].Span)
            : step => dealer.DealByMicroBatch(sets[step].Span);
    }

    private StepSets Compose(int epoch)
    {
        SeededRandom random = SeededRandom.ForEpoch(Seed, epoch);
        bool fill = UnevenEnd == UnevenEnd.Repeat;
        return Composition == StepComposition.Random
            ? StepSets.Random(Sequences.Kept, GlobalBatchSize, StepsPerEpoch, fill, ref random)
            : StepSets.Stratified(_sorted.Value, GlobalBatchSize, StepsPerEpoch, fill, ref random);
    }
}
