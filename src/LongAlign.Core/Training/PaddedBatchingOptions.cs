using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Native;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Training;

/// <summary>
/// The options of <see cref="LongAlignTrainerBuilder.UseNaiveBatching"/> and <see cref="LongAlignTrainerBuilder.UseSortedBatching"/>: rows
/// padded to the longest.
/// </summary>
public sealed class PaddedBatchingOptions
{
    /// <summary>Gets or sets the rows of a micro-batch.</summary>
    /// <value>1 by default, the paper's.</value>
    public int BatchSize { get; set; } = 1;

    /// <summary>Gets or sets the sequences of a step, over all ranks: a multiple of <see cref="BatchSize"/> times the ranks.</summary>
    /// <value>Null by default: one micro-batch for each rank and accumulation (<see cref="LongAlignTrainerBuilder.UseGradientAccumulation"/>).</value>
    public int? GlobalBatchSize { get; set; }

    /// <summary>Gets or sets the most tokens of a sequence.</summary>
    /// <value>Null by default: the model's positions.</value>
    public int? MaxLength { get; set; }

    /// <summary>Gets or sets the policy for longer sequences.</summary>
    /// <value><see cref="OverlongPolicy.Throw"/> by default: <see cref="LongAlignTrainerBuilder.Build"/> fails and names it.</value>
    public OverlongPolicy Overlong { get; set; }

    /// <summary>Gets or sets the policy for an epoch's last step where the sequences don't fill it.</summary>
    /// <value><see cref="UnevenEnd.SmallerStep"/> by default.</value>
    public UnevenEnd UnevenEnd { get; set; }

    /// <summary>Gets or sets whether the run begins with its costliest step; see <see cref="BatchSampler.CostliestFirst"/>.</summary>
    /// <value>False by default.</value>
    public bool CostliestFirst { get; set; }

    internal void Validate(string call, BatchingContext context, List<string> faults)
    {
        Expect(BatchSize >= 1, $"{nameof(BatchSize)} is {BatchSize}; expected at least 1.");
        Expect(
            GlobalBatchSize is null || context.AccumulationSteps is null,
            $"{nameof(GlobalBatchSize)} and {nameof(LongAlignTrainerBuilder.UseGradientAccumulation)} both say how large a step is; expected one of them.");
        long rows = (long)Math.Max(1, BatchSize) * context.WorldSize;
        Expect(
            GlobalBatchSize is not { } size || (size >= 1 && size % rows == 0),
            $"{nameof(GlobalBatchSize)} is {GlobalBatchSize}; expected a multiple of {rows}: {BatchSize} rows on each of {context.WorldSize} ranks.");
        Expect(MaxLength is not < 1, $"{nameof(MaxLength)} is {MaxLength}; expected at least 1.");
        Expect(Enum.IsDefined(Overlong), UndefinedValue.Message(Overlong, "an overlong policy"));
        Expect(Enum.IsDefined(UnevenEnd), UndefinedValue.Message(UnevenEnd, "an uneven end"));

        void Expect(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add($"{call}: {fault}");
            }
        }
    }

    internal BatchingPlan Plan(ISequenceDataset dataset, BatchingContext context, bool isSorted)
    {
        int maxLength = MaxLength ?? context.MaxPositions;
        int accumulation = GlobalBatchSize is { } size ? size / (BatchSize * context.WorldSize) : context.AccumulationSteps ?? 1;
        PaddedBatchSampler sampler = isSorted
            ? new SortedBatchSampler(dataset, BatchSize, context.Seed, maxLength, Overlong)
            {
                WorldSize = context.WorldSize,
                Rank = context.Rank,
                AccumulationSteps = accumulation,
                UnevenEnd = UnevenEnd,
                CostliestFirst = CostliestFirst,
            }
            : new RandomBatchSampler(dataset, BatchSize, context.Seed, maxLength, Overlong)
            {
                WorldSize = context.WorldSize,
                Rank = context.Rank,
                AccumulationSteps = accumulation,
                UnevenEnd = UnevenEnd,
                CostliestFirst = CostliestFirst,
            };
        return new BatchingPlan(sampler, new PaddedBatchCollator(dataset), sampler.Sequences.Limit);
    }
}
