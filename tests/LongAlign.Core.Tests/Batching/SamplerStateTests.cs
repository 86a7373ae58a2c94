using System.Text.Json;
using CsCheck;
using LongAlign.Batching;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Batching;

public sealed class SamplerStateTests
{
    public static TheoryData<string> All => BatchSamplerTests.All;

    [Theory]
    [MemberData(nameof(All))]
    public void A_resumed_epoch_is_the_tail_of_the_uninterrupted_one(string kind) =>
        Gen.Select(BatchSamplerTests.Setups, Gen.Int[0, 1_000]).Sample((c, at) =>
        {
            int rank = at % c.WorldSize;
            BatchStep[] steps = [.. BatchSamplerTests.Sampler(c, kind, rank).GetSteps(c.Epoch)];
            int step = at % (steps.Length + 1);
            string json = JsonSerializer.Serialize(BatchSamplerTests.Sampler(c, kind, 0).GetState(c.Epoch, step));
            SamplerState state = JsonSerializer.Deserialize<SamplerState>(json)!;
            BatchStep[] resumed = [.. BatchSamplerTests.Sampler(c, kind, rank).GetSteps(state)];
            Assert.Equal(Fingerprint.Of(steps[step..]), Fingerprint.Of(resumed));
        });

    [Fact]
    public void A_state_is_small_and_readable()
    {
        string json = JsonSerializer.Serialize(Sorted().GetState(1, 2));
        Assert.Equal(
            """{"Epoch":1,"Step":2,"Seed":18446744073709551615,"WorldSize":2,"UnevenEnd":"SmallerStep","Sampler":"sorted, 3 rows","Data":"CABB18BBD90D75B370BD0F60C1F0675F","Plan":""}""",
            json);
    }

    [Fact]
    public void Nothing_is_read_of_sequences_or_made_of_the_steps_before()
    {
        LengthsOnly dataset = new([.. Enumerable.Range(1, 100)]);
        BalancedBatchSampler sampler = new(PackingAlgorithm.BestFitDecreasing.Pack(dataset.Lengths, 100), dataset, AttentionCostModel.Llama7B64k, 1);
        SamplerState state = sampler.GetState(3, 40);
        Assert.Equal(40, sampler.GetSteps(state).First().Index);
    }

    [Fact]
    public void A_state_of_other_data_seed_or_options_is_refused_with_what_differs()
    {
        SortedBatchSampler sampler = Sorted();
        Check(Sorted(lengths: [1, 2, 3, 4, 5, 6, 7, 9]), "data (hash of lengths and target counts): '");
        Check(Sorted(seed: 1), "seed: '1' in the state, '18446744073709551615' here");
        Check(Sorted(rows: 4), "sampler: 'sorted, 4 rows' in the state, 'sorted, 3 rows' here");
        Check(Sorted(worldSize: 1), "world size: '1' in the state, '2' here");
        Check(Sorted(accumulationSteps: 2), "sampler: 'sorted, 3 rows, 2 micro-batches a step on each rank' in the state, 'sorted, 3 rows' here");
        Check(Sorted(unevenEnd: UnevenEnd.Drop), "uneven end: 'Drop' in the state, 'SmallerStep' here");
        Check(new RandomBatchSampler([1, 2, 3, 4, 5, 6, 7, 8], 3, ulong.MaxValue) { WorldSize = 2 }, "sampler: 'random, 3 rows' in the state, 'sorted, 3 rows' here");
        Check(Sorted(seed: 1, worldSize: 1), "seed: '1' in the state, '18446744073709551615' here; world size: '1' in the state, '2' here");

        void Check(BatchSampler other, string fault)
        {
            ArgumentException error = Assert.Throws<ArgumentException>(() => sampler.GetSteps(other.GetState(0, 0)));
            Assert.Contains(fault, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_state_of_another_plan_or_cost_is_refused()
    {
        int[] lengths = [6, 5, 4, 3, 2, 1];
        BalancedBatchSampler Make(IPackingAlgorithm algorithm, AttentionCostModel cost) => new(algorithm.Pack(lengths, 8), lengths, cost, 1);
        BalancedBatchSampler sampler = Make(PackingAlgorithm.BestFitDecreasing, AttentionCostModel.Llama7B64k);
        SamplerState otherPlan = Make(PackingAlgorithm.Sequential, AttentionCostModel.Llama7B64k).GetState(0, 0);
        Assert.Contains("; plan (hash of packs): '", Assert.Throws<ArgumentException>(() => sampler.GetSteps(otherPlan)).Message, StringComparison.Ordinal);
        SamplerState otherCost = Make(PackingAlgorithm.BestFitDecreasing, AttentionCostModel.Llama13B64k).GetState(0, 0);
        Assert.Contains("; sampler: 'balanced, cost 0 + ", Assert.Throws<ArgumentException>(() => sampler.GetSteps(otherCost)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_of_packs_whose_sequences_change_places_is_another()
    {
        PackedBatchSampler Make(bool exchanges) => new(PackingAlgorithm.BestFitDecreasing.Pack([6, 5, 4, 3], 8), new[] { 6, 5, 4, 3 }, 1) { ExchangeEqualLengths = exchanges };
        string message = Assert.Throws<ArgumentException>(() => Make(false).GetSteps(Make(true).GetState(0, 0))).Message;
        Assert.Contains("sampler: 'packed, equal lengths change places' in the state, 'packed' here", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rank_that_there_is_not_goes_on_with_no_state()
    {
        SamplerState state = Sorted().GetState(0, 0);
        RandomBatchSampler sampler = new([1, 2, 3], 1, 0) { Rank = 1 };
        Assert.Throws<InvalidOperationException>(() => sampler.GetSteps(state));
    }

    [Fact]
    public void Targets_count_as_data()
    {
        RandomBatchSampler Make(int label) => new(new InMemoryDataset([new TokenSequence([1, 2], [-100, label])]), 1);
        Assert.Contains("data", Assert.Throws<ArgumentException>(() => Make(2).GetSteps(Make(-100).GetState(0, 0))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_place_that_does_not_exist_is_refused()
    {
        SortedBatchSampler sampler = Sorted();
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.GetState(-1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.GetState(0, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.GetState(0, 3));
        Assert.Empty(sampler.GetSteps(sampler.GetState(0, 2)));
        SamplerState state = sampler.GetState(0, 2) with { Step = 3 };
        Assert.Contains("step 3 of epoch 0; expected an epoch from 0 and a step from 0 to 2", Assert.Throws<ArgumentException>(() => sampler.GetSteps(state)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => sampler.GetSteps(state with { Step = 0, Epoch = -1 }));
        Assert.Throws<ArgumentNullException>(() => sampler.GetSteps(null!));
    }

    private static SortedBatchSampler Sorted(
        int[]? lengths = null, int rows = 3, ulong seed = ulong.MaxValue, int worldSize = 2, int accumulationSteps = 1, UnevenEnd unevenEnd = UnevenEnd.SmallerStep)
        => new(lengths ?? [1, 2, 3, 4, 5, 6, 7, 8], rows, seed) { WorldSize = worldSize, AccumulationSteps = accumulationSteps, UnevenEnd = unevenEnd };

    private sealed class LengthsOnly(int[] lengths) : ISequenceDataset
    {
        public int Count => lengths.Length;

        public ReadOnlySpan<int> Lengths => lengths;

        public ReadOnlySpan<int> TargetCounts => lengths;

        public int CountTargets(int index, int start, int length) => throw new InvalidOperationException("A label was read.");

        public void CopyTo(int index, int start, Span<long> inputIds, Span<long> labels) => throw new InvalidOperationException("A token was read.");
    }
}
