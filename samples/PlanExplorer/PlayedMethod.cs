using System.Globalization;
using LongAlign.Batching;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace PlanExplorer;

/// <summary>A batching, played.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="MicroBatches">Packs, or padded batches.</param>
/// <param name="Full">Tokens over what packs have room for; null without packs.</param>
/// <param name="Padding">The share of padding among all tokens computed.</param>
/// <param name="Timeline">The epoch, in seconds.</param>
internal sealed record PlayedMethod(string Name, int MicroBatches, double? Full, double Padding, TrainingTimeline Timeline)
{
    public const string TableHead = """
        | batching                | micro-batches |    full | padding | time over ideal |   idle |       an epoch |
        | ----------------------- | ------------: | ------: | ------: | --------------: | -----: | -------------: |
        """;

    /// <summary>Plays all batchings.</summary>
    public static IReadOnlyList<PlayedMethod> PlayAll(int[] lengths, ExplorerOptions options)
    {
        AttentionCostModel cost = options.Cost;
        AttentionCostModel work = cost with { PerMicroBatch = 0 };
        PackingPlan sequential = PackingAlgorithm.Sequential.Pack(lengths, options.Capacity);
        PackingPlan bestFit = PackingAlgorithm.BestFitDecreasing.Pack(lengths, options.Capacity);
        int ranks = options.Ranks;

        // Steps of about as many sequences as packing has, so that batchings can be compared.
        int rounds = Math.Max(1, (int)Math.Round((double)lengths.Length / bestFit.Count * options.Accumulation / options.Rows));
        return
        [
            Rows("naive", rank => new RandomBatchSampler(lengths, options.Rows, options.Seed) { WorldSize = ranks, Rank = rank, AccumulationSteps = rounds }),
            Rows("sorted", rank => new SortedBatchSampler(lengths, options.Rows, options.Seed) { WorldSize = ranks, Rank = rank, AccumulationSteps = rounds }),
            Packs("packed, in order", sequential, rank => new PackedBatchSampler(sequential, lengths, options.Seed) { WorldSize = ranks, Rank = rank, AccumulationSteps = options.Accumulation }),
            Packs("packed, best fit", bestFit, rank => new PackedBatchSampler(bestFit, lengths, options.Seed) { WorldSize = ranks, Rank = rank, AccumulationSteps = options.Accumulation }),
            Packs("packed, balanced", bestFit, rank => new BalancedBatchSampler(bestFit, lengths, cost, options.Seed) { WorldSize = ranks, Rank = rank, AccumulationSteps = options.Accumulation }),
        ];

        PlayedMethod Rows(string name, Func<int, PaddedBatchSampler> samplerOf)
        {
            long computed = 0;
            int count = 0;
            TrainingTimeline timeline = Play(samplerOf, microBatch =>
            {
                count++;
                computed += (long)microBatch.Count * Widest(microBatch);
                return cost.GetPaddedCost(microBatch, lengths);
            });
            return new PlayedMethod(name, count, null, 1 - (bestFit.TokenCount / (double)computed), timeline);
        }

        PlayedMethod Packs(string name, PackingPlan plan, Func<int, IBatchSampler> samplerOf)
            => new(name, plan.Count, plan.Efficiency, 0, Play(samplerOf, pack => cost.GetPackedCost(pack, lengths)));

        TrainingTimeline Play(Func<int, IBatchSampler> samplerOf, Func<MicroBatch, double> time)
            => TrainingTimeline.Play([.. Enumerable.Range(0, ranks).Select(samplerOf)], time, microBatch => work.GetPackedCost(microBatch, lengths), options.Synchronization);

        int Widest(MicroBatch microBatch)
        {
            int widest = 0;
            foreach (int sequence in microBatch.Indices.Span)
            {
                widest = Math.Max(widest, lengths[sequence]);
            }

            return widest;
        }
    }

    private string Duration => Timeline.TotalTime switch
    {
        < 600 => string.Create(CultureInfo.InvariantCulture, $"{Timeline.TotalTime:F1} seconds"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Timeline.TotalTime / 3_600:F2} hours"),
    };

    /// <summary>A row of the table.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"| {Name,-23} | {MicroBatches,13:N0} | {(Full is null ? "" : $"{100 * Full:F1} %"),7} | {100 * Padding,5:F1} % | {Timeline.TimeOverIdeal,15:F3} | {100 * Timeline.IdleShare,4:F1} % | {Duration,14} |");
}
