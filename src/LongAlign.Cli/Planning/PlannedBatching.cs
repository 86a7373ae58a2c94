using LongAlign.Batching;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Cli.Planning;

/// <summary>What a batching makes of sequences.</summary>
/// <param name="Name">Its name.</param>
/// <param name="MicroBatches">Packs, or padded batches, of all ranks in an epoch.</param>
/// <param name="Steps">Optimizer steps of an epoch.</param>
/// <param name="Efficiency">Tokens over the room that packs have; null without packs.</param>
/// <param name="PaddingShare">The share of padding among all tokens that are computed.</param>
/// <param name="IdleShare">The share of their time in which ranks wait for each other.</param>
/// <param name="TimeOverIdeal">The time of an epoch over that of the real work alone, by the cost of a model.</param>
internal sealed record PlannedBatching(
    string Name, int MicroBatches, int Steps, double? Efficiency, double PaddingShare, double IdleShare, double TimeOverIdeal)
{
    /// <summary>Plays an epoch of each batching, with steps of about as many sequences.</summary>
    /// <param name="lengths">Lengths, none longer than the capacity.</param>
    /// <param name="setup">The options.</param>
    /// <param name="cost">The cost of a micro-batch.</param>
    public static IReadOnlyList<PlannedBatching> PlayAll(int[] lengths, PlanSetup setup, AttentionCostModel cost)
    {
        PackingPlan sequential = PackingAlgorithm.Sequential.Pack(lengths, setup.Capacity);
        PackingPlan bestFit = PackingAlgorithm.BestFitDecreasing.Pack(lengths, setup.Capacity);
        int rounds = Math.Max(1, (int)Math.Round((double)lengths.Length / bestFit.Count * setup.Accumulation / setup.BatchSize));
        return
        [
            Play("naive", null, rank => new RandomBatchSampler(lengths, setup.BatchSize, setup.Seed) { WorldSize = setup.Ranks, Rank = rank, AccumulationSteps = rounds }),
            Play("sorted", null, rank => new SortedBatchSampler(lengths, setup.BatchSize, setup.Seed) { WorldSize = setup.Ranks, Rank = rank, AccumulationSteps = rounds }),
            Play("packing, in order", sequential, rank => new PackedBatchSampler(sequential, lengths, setup.Seed) { WorldSize = setup.Ranks, Rank = rank, AccumulationSteps = setup.Accumulation }),
            Play("packing, best fit", bestFit, rank => new PackedBatchSampler(bestFit, lengths, setup.Seed) { WorldSize = setup.Ranks, Rank = rank, AccumulationSteps = setup.Accumulation }),
        ];

        PlannedBatching Play(string name, PackingPlan? plan, Func<int, IBatchSampler> samplerOf)
        {
            IBatchSampler[] samplers = [.. Enumerable.Range(0, setup.Ranks).Select(samplerOf)];
            int count = 0;
            long computed = 0;
            TrainingTimeline timeline = TrainingTimeline.Play(samplers, CostOf, microBatch => cost.GetPackedCost(microBatch, lengths));
            return new PlannedBatching(
                name, count, samplers[0].StepsPerEpoch, plan?.Efficiency, plan is null ? 1 - ((double)bestFit.TokenCount / computed) : 0, timeline.IdleShare, timeline.TimeOverIdeal);

            double CostOf(MicroBatch microBatch)
            {
                count++;
                if (plan is not null)
                {
                    return cost.GetPackedCost(microBatch, lengths);
                }

                int widest = 0;
                foreach (int sequence in microBatch.Indices.Span)
                {
                    widest = Math.Max(widest, lengths[sequence]);
                }

                computed += (long)microBatch.Count * widest;
                return cost.GetPaddedCost(microBatch, lengths);
            }
        }
    }
}
