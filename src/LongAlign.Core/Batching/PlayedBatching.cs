using System.Globalization;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>An epoch of a batching, played on lengths: what it would cost, and how evenly it would train. Immutable.</summary>
/// <example>
/// <code>
/// foreach (PlayedBatching played in PlayedBatching.PlayAll(dataset.Lengths, new PlayedBatchingOptions { WorldSize = 8 }))
/// {
///     Console.WriteLine(played);    // packing: 1.001 x the ideal time, evenness 100.0 %, padding 0.0 %, ...
/// }
/// </code>
/// </example>
public sealed class PlayedBatching
{
    private PlayedBatching(PlayedMethod method, TrainingTimeline timeline)
    {
        Method = method;
        Timeline = timeline;
    }

    /// <summary>The batching.</summary>
    public PlayedMethod Method { get; }

    /// <summary>Its name in words.</summary>
    public string Name => Method switch
    {
        PlayedMethod.Naive => "naive",
        PlayedMethod.Sorted => "sorted",
        PlayedMethod.PacksInOrder => "packs in order",
        PlayedMethod.PacksBestFit => "packs best fit",
        PlayedMethod.PacksBalanced => "packs balanced",
        _ => "packing",
    };

    /// <summary>The epoch: <see cref="TrainingTimeline.TimeOverIdeal"/>, <see cref="TrainingTimeline.IdleShare"/> and <see cref="TrainingTimeline.Evenness"/> among it.</summary>
    public TrainingTimeline Timeline { get; }

    /// <summary>Optimizer steps of the epoch.</summary>
    public int StepCount => Timeline.Evenness.StepSizes.Count;

    /// <summary>Packs, or padded batches, of all ranks.</summary>
    public int MicroBatchCount { get; private init; }

    /// <summary>Sequences of a step, over all ranks; null where packs come first and a step has any number of them.</summary>
    public int? GlobalBatchSize { get; private init; }

    /// <summary>Rows of a padded batch; null for packs.</summary>
    public int? BatchSize { get; private init; }

    /// <summary>Tokens over the room that packs have, from 0 to 1; null without packs.</summary>
    public double? Fullness { get; private init; }

    /// <summary>The share of padding among all tokens that are computed, from 0 to 1.</summary>
    public double PaddingShare { get; private init; }

    /// <summary>Tokens of the largest micro-batch, padding included: what memory has to hold.</summary>
    public long LargestMicroBatch { get; private init; }

    /// <summary>Plays every batching, with steps of about as many sequences.</summary>
    /// <param name="lengths">Tokens of each sequence, each at least 1.</param>
    /// <param name="options">The options of the epoch; the defaults if null.</param>
    /// <returns>One for each <see cref="PlayedMethod"/>, in their order.</returns>
    /// <inheritdoc cref="Play(PlayedMethod, ReadOnlySpan{int}, PlayedBatchingOptions)" path="/exception"/>
    public static IReadOnlyList<PlayedBatching> PlayAll(ReadOnlySpan<int> lengths, PlayedBatchingOptions? options = null)
    {
        int[] all = lengths.ToArray();
        return [.. Enum.GetValues<PlayedMethod>().Select(method => Play(method, all, options))];
    }

    /// <summary>Plays a batching.</summary>
    /// <param name="method">The batching.</param>
    /// <param name="lengths">Tokens of each sequence, each at least 1; every token but the first counts as a target.</param>
    /// <param name="options">The options of the epoch; the defaults if null.</param>
    /// <returns>The result.</returns>
    /// <exception cref="ArgumentException">There is no sequence, one has no tokens, or there are fewer than ranks; or options contradict each other. The message says which.</exception>
    public static PlayedBatching Play(PlayedMethod method, ReadOnlySpan<int> lengths, PlayedBatchingOptions? options = null)
    {
        options ??= new PlayedBatchingOptions();
        EpochSequences sequences = EpochSequences.FromLengths(lengths, options.Capacity, OverlongPolicy.TruncateRight);
        PlayedSteps steps = PlayedSteps.Of(sequences, options);
        int[] shuffled = sequences.Lengths;
        new SeededRandom(options.Seed).Shuffle(shuffled.AsSpan()); // packing in order needs short and long ones mixed, and files often are not
        BatchSampler sampler = method switch
        {
            PlayedMethod.Naive => new RandomBatchSampler(shuffled, steps.Rows, options.Seed) { WorldSize = options.WorldSize, AccumulationSteps = steps.PaddedRounds },
            PlayedMethod.Sorted => new SortedBatchSampler(shuffled, steps.Rows, options.Seed) { WorldSize = options.WorldSize, AccumulationSteps = steps.PaddedRounds },
            PlayedMethod.PacksInOrder => Packed(PackingAlgorithm.Sequential),
            PlayedMethod.PacksBestFit => Packed(PackingAlgorithm.BestFitDecreasing),
            PlayedMethod.PacksBalanced => Balanced(PackingAlgorithm.BestFitDecreasing.Pack(shuffled, options.Capacity)),
            PlayedMethod.Packing => new GlobalBatchSampler(shuffled, steps.GlobalBatchSize, options.Capacity, options.Seed)
            {
                WorldSize = options.WorldSize,
                Composition = options.Composition,
                Synchronization = options.Synchronization,
                Cost = options.Cost,
            },
            _ => throw new ArgumentOutOfRangeException(nameof(method), method, "Unknown batching."),
        };
        return Play(method, sampler, shuffled, options);

        PackedBatchSampler Packed(IPackingAlgorithm algorithm)
        {
            PackingPlan plan = algorithm.Pack(shuffled, options.Capacity);
            return new PackedBatchSampler(plan, shuffled, options.Seed) { WorldSize = options.WorldSize, AccumulationSteps = steps.RoundsOf(plan) };
        }

        BalancedBatchSampler Balanced(PackingPlan plan)
            => new(plan, shuffled, options.Cost, options.Seed) { WorldSize = options.WorldSize, AccumulationSteps = steps.RoundsOf(plan) };
    }

    /// <summary>One line for a report.</summary>
    /// <returns>The name, time over ideal, evenness, padding and the largest micro-batch.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name}: {Timeline.TimeOverIdeal:F3} x the ideal time, {100 * Timeline.IdleShare:F1} % idle, evenness {100 * Timeline.Evenness.Share:F1} %, padding {100 * PaddingShare:F1} %, {StepCount:N0} steps of {MicroBatchCount:N0} micro-batches, the largest of {LargestMicroBatch:N0} tokens");

    private static PlayedBatching Play(PlayedMethod method, BatchSampler sampler, int[] lengths, PlayedBatchingOptions options)
    {
        PaddedBatchSampler? padded = sampler as PaddedBatchSampler;
        AttentionCostModel cost = options.Cost;
        AttentionCostModel work = cost with { PerMicroBatch = 0 };
        int count = 0;
        long tokens = 0;
        long computed = 0;
        long largest = 0;
        TrainingTimeline timeline = TrainingTimeline.Play(
            sampler,
            microBatch =>
            {
                long own = 0;
                long width = 0;
                foreach (int sequence in microBatch.Indices.Span)
                {
                    own += lengths[sequence];
                    width = Math.Max(width, lengths[sequence]);
                }

                long size = padded is null ? own : microBatch.Count * width;
                count++;
                tokens += own;
                computed += size;
                largest = Math.Max(largest, size);
                return padded is null ? cost.GetPackedCost(microBatch, lengths) : cost.GetPaddedCost(microBatch, lengths);
            },
            microBatch => work.GetPackedCost(microBatch, lengths),
            options.Synchronization);
        return new PlayedBatching(method, timeline)
        {
            MicroBatchCount = count,
            GlobalBatchSize = padded is null ? (sampler as GlobalBatchSampler)?.GlobalBatchSize : padded.BatchSize * padded.AccumulationSteps * padded.WorldSize,
            BatchSize = padded?.BatchSize,
            Fullness = padded is null ? tokens / ((double)count * options.Capacity) : null,
            PaddingShare = (computed - tokens) / (double)computed,
            LargestMicroBatch = largest,
        };
    }
}
