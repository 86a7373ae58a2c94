using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Distributed;
using LongAlign.Sequences;
using LongAlign.Training;
using static TorchSharp.torch;

namespace LongAlign.Testing;

/// <summary>The steps of all ranks for one process, which has to come to the same result as they do together.</summary>
public sealed class AllRanksSampler : IBatchSampler
{
    private readonly IBatchSampler[] _ranks;

    private AllRanksSampler(IBatchSampler[] ranks) => _ranks = ranks;

    public int StepsPerEpoch => _ranks[0].StepsPerEpoch;

    /// <summary>Gives a builder the batches that ranks would have.</summary>
    /// <param name="builder">Of one process, without a batching.</param>
    /// <param name="dataset">Its dataset.</param>
    /// <param name="worldSize">The ranks.</param>
    /// <param name="makeBuilder">A builder of a rank, with the batching.</param>
    public static void Use(LongAlignTrainerBuilder builder, ISequenceDataset dataset, int worldSize, Func<LongAlignTrainerBuilder> makeBuilder)
    {
        IBatchSampler[] ranks = [.. Enumerable.Range(0, worldSize).Select(rank => makeBuilder().UseProcessGroup(new Seat(rank, worldSize)).Build().Sampler)];
        builder.UseBatching(new AllRanksSampler(ranks), ranks[0] is PaddedBatchSampler ? new PaddedBatchCollator(dataset) : new PackedBatchCollator(dataset));
    }

    public IEnumerable<BatchStep> GetSteps(int epoch)
    {
        BatchStep[][] steps = [.. _ranks.Select(rank => rank.GetSteps(epoch).ToArray())];
        return steps[0].Select((step, i) => new BatchStep(step.Index, steps.SelectMany(rank => rank[i].MicroBatches), step.Totals));
    }

    public IReadOnlyList<int> GetLeftOut(int epoch) => _ranks[0].GetLeftOut(epoch);

    /// <summary>A rank that never meets the others.</summary>
    private sealed class Seat(int rank, int worldSize) : IProcessGroup
    {
        public int Rank => rank;

        public int WorldSize => worldSize;

        public void AllReduceSum(Tensor tensor) => throw new NotSupportedException();

        public void Broadcast(Tensor tensor, int root = 0) => throw new NotSupportedException();

        public void ReduceScatterSum(Tensor parts, Tensor sum) => throw new NotSupportedException();

        public void AllGather(Tensor part, Tensor all) => throw new NotSupportedException();

        public void AllToAll(Tensor parts, Tensor received) => throw new NotSupportedException();

        public IProcessGroup Split(int color) => throw new NotSupportedException();

        public void Barrier() => throw new NotSupportedException();
    }
}
