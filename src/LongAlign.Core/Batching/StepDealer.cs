using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>Deals the sequences of a step to ranks and lays each rank's share into micro-batches.</summary>
internal sealed class StepDealer
{
    private readonly int[] _lengths;

    public StepDealer(int[] lengths) => _lengths = lengths;

    public required AttentionCostModel Cost { get; init; }

    public required int WorldSize { get; init; }

    public required LengthLimit Limit { get; init; }

    /// <summary>The most tokens of a micro-batch; no sequence has more.</summary>
    public required int Capacity { get; init; }

    public required int MaxSequences { get; init; }

    /// <summary>Gives each rank a share of about the same cost, in as few micro-batches as possible, of like cost.</summary>
    public IReadOnlyList<MicroBatch> DealByStep(ReadOnlySpan<int> sequences)
    {
        int[] sorted = SortByLength(sequences);
        List<MicroBatch> dealt = [];
        if (WorldSize == 1)
        {
            Lay(sorted, 0, dealt);
            return dealt;
        }

        CostBins shares = CostBins.Deal(sorted, _lengths, Cost, WorldSize);
        shares.EvenOut();
        for (int rank = 0; rank < WorldSize; rank++)
        {
            Lay([.. shares[rank]], rank, dealt);
        }

        return dealt;
    }

    /// <summary>Gives all ranks the same number of micro-batches. Micro-batches that run at the same time have similar costs.</summary>
    public IReadOnlyList<MicroBatch> DealByMicroBatch(ReadOnlySpan<int> sequences)
    {
        CostBins packs = Pack(SortByLength(sequences), multiple: WorldSize);
        int[] byCost = [.. Enumerable.Range(0, packs.Count).OrderByDescending(packs.CostOf)];
        List<MicroBatch> dealt = [];
        for (int i = 0; i < byCost.Length; i++)
        {
            // Back and forth, so that no rank has the costliest of every round.
            (int round, int place) = Math.DivRem(i, WorldSize);
            dealt.Add(ToMicroBatch(packs[byCost[i]], round % 2 == 0 ? place : WorldSize - 1 - place));
        }

        return dealt;
    }

    private void Lay(int[] share, int rank, List<MicroBatch> dealt)
    {
        CostBins packs = Pack(share, multiple: 1);
        for (int pack = 0; pack < packs.Count; pack++)
        {
            dealt.Add(ToMicroBatch(packs[pack], rank));
        }
    }

    /// <summary>The fewest packs, a multiple of a number of them, in which sequences find room; of like cost where room allows it.</summary>
    private CostBins Pack(int[] sorted, int multiple)
    {
        long tokens = 0;
        foreach (int sequence in sorted)
        {
            tokens += _lengths[sequence];
        }

        int least = RoundUp(Math.Max((tokens + Capacity - 1) / Capacity, (sorted.Length + (long)MaxSequences - 1) / MaxSequences));
        if (CostBins.TryDeal(sorted, _lengths, Cost, Math.Min(least, sorted.Length), Capacity, MaxSequences) is { } bins)
        {
            return bins;
        }

        // Best fit needs the fewest packs that are known; balance comes second.
        CostBins fullest = CostBins.FitBest(sorted, _lengths, Cost, least, Capacity, MaxSequences);
        int enough = Math.Min(RoundUp(fullest.Count), sorted.Length);
        return CostBins.TryDeal(sorted, _lengths, Cost, enough, Capacity, MaxSequences)
            ?? CostBins.FitBest(sorted, _lengths, Cost, enough, Capacity, MaxSequences);

        int RoundUp(long count) => (int)((count + multiple - 1) / multiple * multiple);
    }

    private MicroBatch ToMicroBatch(IReadOnlyList<int> sequences, int rank) => new(sequences.ToArray(), Limit) { Rank = rank };

    private int[] SortByLength(ReadOnlySpan<int> sequences)
    {
        ulong[] keys = new ulong[sequences.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = ((ulong)(uint)~_lengths[sequences[i]] << 32) | (uint)sequences[i];
        }

        Array.Sort(keys);
        return Array.ConvertAll(keys, key => (int)(uint)key);
    }
}
