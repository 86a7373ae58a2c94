using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LongAlign.Batching;
using LongAlign.Packing;

namespace LongAlign.Cli.Recipes;

/// <summary>The section of a recipe on batching.</summary>
internal sealed record BatchingRecipe
{
    [Description("packing: the sequences of a step first, then packs of them; packs-first: steps of packs, as in the paper; balanced-packs: steps of packs of like cost; sorted: padded batches of like lengths; naive: padded batches in random order.")]
    public BatchingMethod Method { get; init; } = BatchingMethod.Packing;

    [Description("The most tokens of a pack, or of a sequence of a padded batch; 65536 unless set, or the model's positions if those are fewer (padded batches: the model's positions).")]
    [Range(1, PackingAlgorithm.MaxCapacity)]
    public int? Capacity { get; init; }

    [Description("The policy for longer sequences.")]
    public OverlongPolicy Overlong { get; init; } = OverlongPolicy.Throw;

    [Description("Sequences of an optimizer step over all devices, for packing, sorted and naive; unless set, as many as have on average the tokens of a full pack (packing), or one batch.")]
    [Range(1, int.MaxValue)]
    public int? GlobalBatchSize { get; init; }

    [Description("Packs or padded batches of an optimizer step, in place of a global batch size; 1 unless set.")]
    [Range(1, int.MaxValue)]
    public int? Accumulation { get; init; }

    [Description("The rule that chooses the sequences of a step of packing: stratified, one of each stratum of lengths, or random, as naive batching takes them.")]
    public StepComposition Composition { get; init; } = StepComposition.Stratified;

    [Description("The points at which devices wait for each other, for which packing balances their work: each step, or each micro-batch where weights are sharded.")]
    public RankSynchronization Synchronization { get; init; } = RankSynchronization.EachStep;

    [Description("The packing algorithm of packs-first and balanced-packs; sequential, the paper's, or best-fit for balanced-packs unless set.")]
    public PackingName? Algorithm { get; init; }

    [Description("The most sequences of a pack; no limit unless set.")]
    [Range(1, int.MaxValue)]
    public int? MaxSequencesPerPack { get; init; }

    [Description("Rows of a padded batch.")]
    [Range(1, int.MaxValue)]
    public int BatchSize { get; init; } = 1;

    [Description("The policy for an epoch's last step where the sequences don't fill it.")]
    public UnevenEnd UnevenEnd { get; init; } = UnevenEnd.SmallerStep;

    [Description("Whether the run begins with its costliest step, so that it runs out of memory in the first minute or not at all.")]
    public bool CostliestFirst { get; init; }

    /// <summary>Whether batches are rows padded to the longest.</summary>
    public bool IsPadded => Method is BatchingMethod.Sorted or BatchingMethod.Naive;

    /// <summary>Whether all packs are made before steps are.</summary>
    public bool HasPacksFirst => Method is BatchingMethod.PacksFirst or BatchingMethod.BalancedPacks;

    /// <exception cref="RecipeException">Options contradict each other, or don't go with the method; the message names all.</exception>
    public void Check()
    {
        string method = RecipeProperty.KeyOf(Method.ToString());
        List<string> faults = [];
        Expect(!HasPacksFirst || GlobalBatchSize is null, $"batching.global-batch-size can't be combined with {method}, whose steps have so many packs: set accumulation.");
        Expect(GlobalBatchSize is null || Accumulation is null, "batching.global-batch-size and batching.accumulation both say how large a step is; expected one of them.");
        Expect(Method == BatchingMethod.Packing || Composition == StepComposition.Stratified, $"batching.composition applies to packing only; the method is {method}.");
        Expect(Method == BatchingMethod.Packing || Synchronization == RankSynchronization.EachStep, $"batching.synchronization applies to packing only; the method is {method}.");
        Expect(HasPacksFirst || Algorithm is null, $"batching.algorithm applies to packs-first and balanced-packs only; the method is {method}.");
        Expect(!IsPadded || MaxSequencesPerPack is null, $"batching.max-sequences-per-pack applies to packs only; the method is {method}.");
        Expect(IsPadded || BatchSize == 1, $"batching.batch-size applies to sorted and naive only; the method is {method}.");
        if (faults.Count > 0)
        {
            throw new RecipeException(string.Join(Environment.NewLine, faults));
        }

        void Expect(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }
    }
}
