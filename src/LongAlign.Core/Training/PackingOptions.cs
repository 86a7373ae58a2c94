using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Native;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Training;

/// <summary>
/// The options of <see cref="LongAlignTrainerBuilder.UsePacking"/>: the sequences of a step are chosen first, as naive batching does, and
/// then laid one after another into packs of at most <see cref="Capacity"/> tokens.
/// </summary>
public sealed class PackingOptions
{
    internal const int DefaultCapacity = 65_536;

    /// <summary>Gets or sets the most tokens in a pack.</summary>
    /// <value>Null by default: 65,536, the paper's, or the model's positions if those are fewer.</value>
    public int? Capacity { get; set; }

    /// <summary>Gets or sets the policy for sequences longer than the capacity.</summary>
    /// <value><see cref="OverlongPolicy.Throw"/> by default: <see cref="LongAlignTrainerBuilder.Build"/> fails and names it.</value>
    public OverlongPolicy Overlong { get; set; }

    /// <summary>Gets or sets the most sequences in a pack.</summary>
    /// <value>No limit by default.</value>
    public int MaxSequencesPerPack { get; set; } = int.MaxValue;

    /// <summary>Gets or sets the sequences of a step, over all ranks.</summary>
    /// <value>
    /// Null by default: as many as have on average the tokens of one full pack for each rank and accumulated micro-batch
    /// (<see cref="GlobalBatchSampler.SizeOfPacks(ReadOnlySpan{int}, int, int)"/>); the trainer logs the number.
    /// </value>
    public int? GlobalBatchSize { get; set; }

    /// <summary>Gets or sets the rule that chooses the sequences of a step.</summary>
    /// <value><see cref="StepComposition.Stratified"/> by default.</value>
    public StepComposition Composition { get; set; }

    /// <summary>Gets or sets the points at which ranks wait for each other; see <see cref="GlobalBatchSampler.Synchronization"/>.</summary>
    /// <value><see cref="RankSynchronization.EachStep"/> by default.</value>
    public RankSynchronization Synchronization { get; set; }

    /// <summary>Gets or sets the cost model of sequences, by which work is dealt to ranks.</summary>
    /// <value>Null by default: the model's cost if it knows it (<see cref="ITrainableModel.Cost"/>), else Llama-2-7B's.</value>
    public AttentionCostModel? Cost { get; set; }

    /// <summary>
    /// Gets or sets the algorithm that packs all sequences before steps are made of packs, as in the paper
    /// (<see cref="PackingAlgorithm.Sequential"/>). A step then holds from one sequence to thousands, and sequences count unevenly over the
    /// epoch.
    /// </summary>
    /// <value>Null by default: a step's sequences come first.</value>
    public IPackingAlgorithm? PacksFirst { get; set; }

    /// <summary>Gets or sets whether packs that run at the same time cost about the same (<see cref="BalancedBatchSampler"/>); with <see cref="PacksFirst"/> only.</summary>
    /// <value>False by default: packs come in random order.</value>
    public bool BalancePacks { get; set; }

    /// <summary>
    /// Gets or sets whether sequences of equal length change places each epoch; see <see cref="PackedBatchSampler.ExchangeEqualLengths"/>. With
    /// <see cref="PacksFirst"/> only: without it every epoch has other packs anyway.
    /// </summary>
    /// <value>False by default: all epochs have the same packs.</value>
    public bool ExchangeEqualLengths { get; set; }

    /// <summary>Gets or sets the policy for an epoch's last step where the sequences don't fill it.</summary>
    /// <value><see cref="UnevenEnd.SmallerStep"/> by default.</value>
    public UnevenEnd UnevenEnd { get; set; }

    /// <summary>Gets or sets whether the run begins with its costliest step; see <see cref="BatchSampler.CostliestFirst"/>.</summary>
    /// <value>False by default.</value>
    public bool CostliestFirst { get; set; }

    internal void Validate(BatchingContext context, List<string> faults)
    {
        const string Call = nameof(LongAlignTrainerBuilder.UsePacking);
        if (PacksFirst is null)
        {
            Expect(!BalancePacks, $"{nameof(BalancePacks)} needs {nameof(PacksFirst)}: without it the sequences of a step are dealt to ranks by cost.");
            Expect(!ExchangeEqualLengths, $"{nameof(ExchangeEqualLengths)} needs {nameof(PacksFirst)}: without it every epoch has other packs.");
            Expect(
                GlobalBatchSize is null || context.AccumulationSteps is null,
                $"{nameof(GlobalBatchSize)} and {nameof(LongAlignTrainerBuilder.UseGradientAccumulation)} both say how large a step is; expected one of them.");
            Expect(GlobalBatchSize is not < 1, $"{nameof(GlobalBatchSize)} is {GlobalBatchSize}; expected at least 1.");
            Expect(
                !(GlobalBatchSize >= 1 && GlobalBatchSize < context.WorldSize),
                $"{nameof(GlobalBatchSize)} is {GlobalBatchSize} and there are {context.WorldSize} ranks; expected at least one sequence for each.");
            Expect(Enum.IsDefined(Composition), UndefinedValue.Message(Composition, "a composition"));
            Expect(Enum.IsDefined(Synchronization), UndefinedValue.Message(Synchronization, "a synchronization"));
        }
        else
        {
            Expect(GlobalBatchSize is null, $"{nameof(GlobalBatchSize)} can't be combined with {nameof(PacksFirst)}: a step then has so many packs, with any number of sequences.");
            Expect(!BalancePacks || !ExchangeEqualLengths, $"{nameof(BalancePacks)} and {nameof(ExchangeEqualLengths)} exclude each other.");
        }

        Expect(Capacity is not < 1 and not > PackingAlgorithm.MaxCapacity, $"{nameof(Capacity)} is {Capacity}; expected 1 to {PackingAlgorithm.MaxCapacity}.");
        Expect(MaxSequencesPerPack >= 1, $"{nameof(MaxSequencesPerPack)} is {MaxSequencesPerPack}; expected at least 1.");
        Expect(Enum.IsDefined(Overlong), UndefinedValue.Message(Overlong, "an overlong policy"));
        Expect(Enum.IsDefined(UnevenEnd), UndefinedValue.Message(UnevenEnd, "an uneven end"));

        void Expect(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add($"{Call}: {fault}");
            }
        }
    }

    internal BatchingPlan Plan(ISequenceDataset dataset, BatchingContext context)
    {
        EpochSequences sequences = EpochSequences.FromDataset(dataset, Capacity ?? Math.Min(DefaultCapacity, context.MaxPositions), Overlong);
        AttentionCostModel cost = Cost ?? context.Cost ?? AttentionCostModel.Llama7B64k;
        BatchSampler sampler = PacksFirst is null ? ChooseSequencesFirst(sequences, cost, context) : PackFirst(PacksFirst, dataset.Lengths, sequences, cost, context);
        return new BatchingPlan(sampler, new PackedBatchCollator(dataset), sequences.Limit);
    }

    private GlobalBatchSampler ChooseSequencesFirst(EpochSequences sequences, AttentionCostModel cost, BatchingContext context)
    {
        int packs = checked(context.WorldSize * (context.AccumulationSteps ?? 1));
        return new GlobalBatchSampler(sequences, GlobalBatchSize ?? GlobalBatchSampler.SizeOfPacks(sequences, packs), context.Seed)
        {
            WorldSize = context.WorldSize,
            Rank = context.Rank,
            Composition = Composition,
            Synchronization = context.MeetsAtMicroBatches ? RankSynchronization.EachMicroBatch : Synchronization,
            MaxSequencesPerPack = MaxSequencesPerPack,
            Cost = cost,
            UnevenEnd = UnevenEnd,
            CostliestFirst = CostliestFirst,
        };
    }

    private MicroBatchSampler PackFirst(
        IPackingAlgorithm algorithm, ReadOnlySpan<int> lengths, EpochSequences sequences, AttentionCostModel cost, BatchingContext context)
    {
        PackingPlan plan = algorithm.Pack(lengths, sequences.Limit.MaxTokens, Overlong, MaxSequencesPerPack);
        return BalancePacks
            ? new BalancedBatchSampler(plan, sequences, cost, context.Seed)
            {
                WorldSize = context.WorldSize,
                Rank = context.Rank,
                AccumulationSteps = context.AccumulationSteps ?? 1,
                UnevenEnd = UnevenEnd,
                CostliestFirst = CostliestFirst,
            }
            : new PackedBatchSampler(plan, sequences, context.Seed)
            {
                WorldSize = context.WorldSize,
                Rank = context.Rank,
                AccumulationSteps = context.AccumulationSteps ?? 1,
                UnevenEnd = UnevenEnd,
                CostliestFirst = CostliestFirst,
                ExchangeEqualLengths = ExchangeEqualLengths,
            };
    }
}
