using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Sequences;

namespace LongAlign.Training;

public sealed partial class LongAlignTrainerBuilder
{
    private Action<BatchingContext, List<string>> _validateBatching = (_, _) => { };
    private Func<ISequenceDataset, BatchingContext, BatchingPlan>? _batching;

    /// <summary>
    /// Packs: the sequences of a step are chosen first, a fixed number of them, and then laid one after another up to a capacity. Trains as
    /// naive batching with as many sequences a step does, in the time of packing.
    /// </summary>
    /// <param name="configure">Changes the defaults; <see cref="PackingOptions.PacksFirst"/> packs as the paper does.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UsePacking(Action<PackingOptions>? configure = null)
    {
        PackingOptions options = new();
        configure?.Invoke(options);
        _validateBatching = options.Validate;
        _batching = options.Plan;
        return Called();
    }

    /// <summary>Padded batches of neighbours by length, in random order (section 3.2 of the paper).</summary>
    /// <param name="configure">Changes the defaults.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseSortedBatching(Action<PaddedBatchingOptions>? configure = null)
    {
        UsePadding(configure, nameof(UseSortedBatching), isSorted: true);
        return Called();
    }

    /// <summary>Padded batches of sequences in random order.</summary>
    /// <param name="configure">Changes the defaults.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseNaiveBatching(Action<PaddedBatchingOptions>? configure = null)
    {
        UsePadding(configure, nameof(UseNaiveBatching), isSorted: false);
        return Called();
    }

    /// <summary>Your own sampler and collator.</summary>
    /// <param name="sampler">
    /// Decides the batches of every step, with its own seed and accumulation: <see cref="UseSeed"/> and <see cref="UseGradientAccumulation"/> do not go with
    /// it. A <see cref="BatchSampler"/> has to be made from the dataset, not from lengths alone.
    /// </param>
    /// <param name="collator">Makes their tensors.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseBatching(IBatchSampler sampler, IBatchCollator collator)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        ArgumentNullException.ThrowIfNull(collator);
        _validateBatching = (_, faults) => Validate(sampler, faults);
        _batching = (_, _) => new BatchingPlan(sampler, collator, (sampler as BatchSampler)?.Sequences.Limit ?? LengthLimit.None);
        return Called();
    }

    private void Validate(IBatchSampler sampler, List<string> faults)
    {
        foreach (string call in _calls.Intersect([nameof(UseSeed), nameof(UseGradientAccumulation)]))
        {
            faults.Add($"{call} can't be combined with {nameof(UseBatching)}: the sampler decides the order of the batches and the micro-batches of a step; set it there.");
        }

        if (sampler is BatchSampler { Sequences.Targets.IsEstimate: true })
        {
            string name = sampler.GetType().Name;
            faults.Add(
                $"{nameof(UseBatching)}: the {name} was made from lengths alone and takes every token but a sequence's first for a target, so that the loss would be divided by "
                + $"a wrong number; make it with the constructor that takes the dataset: new {name}({(sampler is PackedBatchSampler or BalancedBatchSampler ? "plan, " : "")}dataset, ...).");
        }
    }

    private void UsePadding(Action<PaddedBatchingOptions>? configure, string call, bool isSorted)
    {
        PaddedBatchingOptions options = new();
        configure?.Invoke(options);
        _validateBatching = (context, faults) => options.Validate(call, context, faults);
        _batching = (dataset, context) => options.Plan(dataset, context, isSorted);
    }
}
