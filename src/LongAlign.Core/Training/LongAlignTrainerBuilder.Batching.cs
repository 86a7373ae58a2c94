using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Training;

public sealed partial class LongAlignTrainerBuilder
{
    private Func<ISequenceDataset, (IBatchSampler Sampler, IBatchCollator Collator, LengthLimit Limit)>? _batching;

    /// <summary>Packs of sequences up to a capacity, in random order (section 3.2 of the paper).</summary>
    /// <param name="configure">Changes the defaults.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UsePacking(Action<PackingOptions>? configure = null)
    {
        PackingOptions options = new();
        configure?.Invoke(options);
        _batching = dataset =>
        {
            PackingPlan plan = options.Algorithm.Pack(dataset.Lengths, options.Capacity, options.Overlong, options.MaxSequencesPerPack);
            PackedBatchSampler sampler = new(plan, dataset, _seed)
            {
                WorldSize = _group.WorldSize,
                Rank = _group.Rank,
                AccumulationSteps = _accumulationSteps,
                UnevenEnd = options.UnevenEnd,
                ExchangeEqualLengths = options.ExchangeEqualLengths,
            };
            return (sampler, new PackedBatchCollator(dataset), plan.Limit);
        };
        return Called();
    }

    /// <summary>Padded batches of neighbours by length, in random order (section 3.2 of the paper).</summary>
    /// <param name="configure">Changes the defaults.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseSortedBatching(Action<PaddedBatchingOptions>? configure = null)
    {
        UsePadding(configure, (dataset, options) => new SortedBatchSampler(dataset, options.BatchSize, _seed, options.Limit)
        {
            WorldSize = _group.WorldSize,
            Rank = _group.Rank,
            AccumulationSteps = _accumulationSteps,
            UnevenEnd = options.UnevenEnd,
        });
        return Called();
    }

    /// <summary>Padded batches of sequences in random order.</summary>
    /// <param name="configure">Changes the defaults.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseNaiveBatching(Action<PaddedBatchingOptions>? configure = null)
    {
        UsePadding(configure, (dataset, options) => new RandomBatchSampler(dataset, options.BatchSize, _seed, options.Limit)
        {
            WorldSize = _group.WorldSize,
            Rank = _group.Rank,
            AccumulationSteps = _accumulationSteps,
            UnevenEnd = options.UnevenEnd,
        });
        return Called();
    }

    /// <summary>A sampler and a collator of one's own.</summary>
    /// <param name="sampler">Decides the batches of every step; the seed and the accumulation are its own matter.</param>
    /// <param name="collator">Makes their tensors.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseBatching(IBatchSampler sampler, IBatchCollator collator)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        ArgumentNullException.ThrowIfNull(collator);
        _batching = _ => (sampler, collator, LengthLimit.None);
        return Called();
    }

    private void UsePadding(Action<PaddedBatchingOptions>? configure, Func<ISequenceDataset, PaddedBatchingOptions, IBatchSampler> makeSampler)
    {
        PaddedBatchingOptions options = new();
        configure?.Invoke(options);
        _batching = dataset => (makeSampler(dataset, options), new PaddedBatchCollator(dataset), options.Limit);
    }
}
