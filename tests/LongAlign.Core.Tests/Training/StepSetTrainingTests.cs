using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Core.Tests.Distributed;
using LongAlign.Distributed;
using LongAlign.Losses;
using LongAlign.Packing;
using LongAlign.Sequences;
using LongAlign.Training;
using static LongAlign.Core.Tests.Training.LongAlignTrainerTests;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

/// <summary>With the same seed and global batch size, packing trains as naive batching does.</summary>
public sealed class StepSetTrainingTests
{
    private const int GlobalBatchSize = 12;
    private const int Steps = 20;

    private static readonly Lazy<Outcome> Naive = new(() => Train(builder => builder.UseNaiveBatching(batching => batching.GlobalBatchSize = GlobalBatchSize)));

    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData(512, 1, RankSynchronization.EachStep)]
    [InlineData(2_048, 1, RankSynchronization.EachStep)]
    [InlineData(65_536, 1, RankSynchronization.EachStep)]
    [InlineData(512, 2, RankSynchronization.EachStep)]
    [InlineData(512, 3, RankSynchronization.EachStep)]
    [InlineData(65_536, 2, RankSynchronization.EachStep)]
    [InlineData(65_536, 3, RankSynchronization.EachMicroBatch)]
    [InlineData(512, 2, RankSynchronization.EachMicroBatch)]
    public void Packs_of_the_same_steps_give_the_losses_and_weights_of_naive_batching(int capacity, int worldSize, RankSynchronization synchronization)
        => AssertSame(builder => builder.UsePacking(packing =>
        {
            packing.Capacity = capacity;
            packing.GlobalBatchSize = GlobalBatchSize;
            packing.Composition = StepComposition.Random;
            packing.Synchronization = synchronization;
        }), worldSize);

    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(2, 2)]
    [InlineData(4, 3)]
    public void Accumulation_and_ranks_of_naive_batching_do_not_matter_either(int batchSize, int worldSize)
        => AssertSame(builder => builder.UseNaiveBatching(batching => (batching.BatchSize, batching.GlobalBatchSize) = (batchSize, GlobalBatchSize)), worldSize);

    [Fact]
    public async Task Packing_is_stratified_and_its_global_batch_size_follows_from_the_data()
    {
        using ToyModel model = new(positions: 512);
        ListLogger logger = new();
        InMemoryDataset dataset = Data();
        GlobalBatchSampler sampler = Assert.IsType<GlobalBatchSampler>(Builder(model, dataset).UsePacking(packing => packing.Capacity = 512).UseGradientAccumulation(3).Build().Sampler);
        Assert.Equal(StepComposition.Stratified, sampler.Composition);
        Assert.Equal(GlobalBatchSampler.SizeOfPacks(dataset.Lengths, 512, 3), sampler.GlobalBatchSize);

        sampler = Assert.IsType<GlobalBatchSampler>(Builder(model, dataset).UsePacking().Build().Sampler);
        Assert.Equal(Math.Min(65_536, model.MaxPositions), sampler.Capacity);
        await Builder(model, dataset).UsePacking(packing => packing.Capacity = 512).UseLogger(logger).Build().TrainStepsAsync(1);
        Assert.Contains(logger.Entries, entry => entry.Message.Contains($"steps of {GlobalBatchSampler.SizeOfPacks(dataset.Lengths, 512, 1)} sequences of all lengths (stratified), in packs of at most 512 tokens", StringComparison.Ordinal));
    }

    [Fact]
    public void Packs_first_and_balanced_packs_are_one_option_away()
    {
        using ToyModel model = new(positions: 512);
        PackedBatchSampler packs = Assert.IsType<PackedBatchSampler>(
            Builder(model, Data()).UsePacking(packing => packing.PacksFirst = PackingAlgorithm.Sequential).UseGradientAccumulation(2).Build().Sampler);
        Assert.Equal(2, packs.AccumulationSteps);
        BalancedBatchSampler balanced = Assert.IsType<BalancedBatchSampler>(Builder(model, Data()).UsePacking(packing =>
        {
            packing.PacksFirst = PackingAlgorithm.BestFitDecreasing;
            packing.BalancePacks = true;
            packing.Cost = AttentionCostModel.Llama13B64k;
        }).Build().Sampler);
        Assert.Equal(AttentionCostModel.Llama13B64k, balanced.Cost);
    }

    [Fact]
    public void Options_of_packing_that_contradict_each_other_are_all_named()
    {
        string both = Message(builder => builder.UsePacking(packing => packing.GlobalBatchSize = 4).UseGradientAccumulation(2));
        Assert.Contains("UsePacking: GlobalBatchSize and UseGradientAccumulation both say how large a step is", both, StringComparison.Ordinal);
        string many = Message(builder => builder.UsePacking(packing =>
        {
            packing.GlobalBatchSize = 0;
            packing.Capacity = 0;
            packing.MaxSequencesPerPack = 0;
            packing.BalancePacks = true;
            packing.ExchangeEqualLengths = true;
            packing.Overlong = (OverlongPolicy)9;
            packing.UnevenEnd = (UnevenEnd)9;
            packing.Composition = (StepComposition)9;
            packing.Synchronization = (RankSynchronization)9;
        }));
        Assert.All(
            ["GlobalBatchSize is 0", "Capacity is 0", "MaxSequencesPerPack is 0", "BalancePacks needs PacksFirst", "ExchangeEqualLengths needs PacksFirst", "9 is not an overlong policy", "9 is not an uneven end", "9 is not a composition", "9 is not a synchronization"],
            fault => Assert.Contains(fault, many, StringComparison.Ordinal));
        string packsFirst = Message(builder => builder.UsePacking(packing =>
            (packing.PacksFirst, packing.GlobalBatchSize, packing.BalancePacks, packing.ExchangeEqualLengths) = (PackingAlgorithm.Sequential, 4, true, true)));
        Assert.Contains("GlobalBatchSize can't be combined with PacksFirst", packsFirst, StringComparison.Ordinal);
        Assert.Contains("BalancePacks and ExchangeEqualLengths exclude each other", packsFirst, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_of_padded_batching_are_checked_too()
    {
        string message = Message(builder => builder.UseSortedBatching(batching => (batching.BatchSize, batching.GlobalBatchSize, batching.MaxLength) = (4, 10, 0)).UseGradientAccumulation(2));
        Assert.Contains("UseSortedBatching: GlobalBatchSize is 10; expected a multiple of 4: 4 rows on each of 1 ranks", message, StringComparison.Ordinal);
        Assert.Contains("UseSortedBatching: GlobalBatchSize and UseGradientAccumulation both", message, StringComparison.Ordinal);
        Assert.Contains("MaxLength is 0", message, StringComparison.Ordinal);
        Assert.Contains("BatchSize is 0", Message(builder => builder.UseNaiveBatching(batching => batching.BatchSize = 0)), StringComparison.Ordinal);
    }

    [Fact]
    public void More_ranks_than_sequences_are_refused()
    {
        string[] messages = ThreadProcessGroup.Results(3, group => Message(builder => builder.UseProcessGroup(group).UsePacking(packing => packing.GlobalBatchSize = 2)));
        Assert.All(messages, message => Assert.Contains("GlobalBatchSize is 2 and there are 3 ranks", message, StringComparison.Ordinal));
        messages = ThreadProcessGroup.Results(3, group => Message(builder => builder.UseProcessGroup(group).UsePacking(packing => packing.Capacity = 64), Counting(2)));
        Assert.All(messages, message => Assert.Contains("3; expected at least one sequence for each rank", message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("sorted")]
    [InlineData("naive")]
    [InlineData("packing")]
    [InlineData("packs first")]
    public async Task A_sequence_that_is_too_long_is_an_error_unless_a_policy_says_otherwise(string method)
    {
        Assert.Contains("Sequence 2 has 17 tokens, and the most that a sequence may have is 10 (10 such in all, the longest of 20)", Message(builder => Use(builder, method, OverlongPolicy.Throw)), StringComparison.Ordinal);

        using ToyModel model = new(positions: 512);
        ListLogger logger = new();
        TrainingResult result = await Use(Builder(model, Counting(20)), method, OverlongPolicy.Drop).UseLogger(logger).Build().TrainAsync(1);
        Assert.Equal(Counting(20).Lengths.ToArray().Count(length => length <= 10), result.Sequences);
        Assert.Contains(logger.Entries, entry => entry.Message.Contains("left out (Drop)", StringComparison.Ordinal));
        Assert.NotNull(Use(Builder(model, Counting(20)), method, OverlongPolicy.TruncateLeft).Build());
    }

    [Theory]
    [InlineData("sorted")]
    [InlineData("naive")]
    [InlineData("packing")]
    [InlineData("packs first")]
    public void A_run_in_which_cutting_leaves_nothing_to_learn_is_refused(string method)
    {
        TokenSequence[] answersLast =
            [.. Enumerable.Range(12, 5).Select(n => new TokenSequence([.. Enumerable.Repeat(1, n)], [.. Enumerable.Range(0, n).Select(t => t >= 11 ? 1 : -100)]))];
        string cut = Message(builder => Use(builder, method, OverlongPolicy.TruncateRight), new InMemoryDataset(answersLast));
        Assert.Contains("No sequence has a target token left: 5 of 5 were cut to 10 tokens and 0 left out", cut, StringComparison.Ordinal);
        string dropped = Message(builder => Use(builder, method, OverlongPolicy.Drop), new InMemoryDataset([.. answersLast, new TokenSequence([1], [1])]));
        Assert.Contains("No sequence has a target token left: 0 of 6 were cut to 10 tokens and 5 left out", dropped, StringComparison.Ordinal);
    }

    /// <summary>Eq. 3 averages over packs that have a loss.</summary>
    [Fact]
    public async Task A_micro_batch_without_a_target_is_none_of_K()
    {
        TokenSequence learned = new([1, 2, 3], [-100, 2, 3]);
        TokenSequence prompt = new([1, 2, 3], [-100, -100, -100]);
        async Task<double> Loss(params TokenSequence[] sequences)
        {
            using ToyModel model = new(positions: 512);
            TrainingResult result = await Builder(model, new InMemoryDataset(sequences)).UseLossWeighting(LossReduction.PackMean)
                .UseNaiveBatching(batching => batching.GlobalBatchSize = sequences.Length).Build().TrainStepsAsync(1);
            return result.Losses[0];
        }

        Assert.Equal(await Loss(learned), await Loss(learned, prompt), 1e-6);
    }

    private static LongAlignTrainerBuilder Use(LongAlignTrainerBuilder builder, string method, OverlongPolicy overlong) => method switch
    {
        "sorted" => builder.UseSortedBatching(batching => (batching.MaxLength, batching.Overlong) = (10, overlong)),
        "naive" => builder.UseNaiveBatching(batching => (batching.MaxLength, batching.Overlong) = (10, overlong)),
        "packing" => builder.UsePacking(packing => (packing.Capacity, packing.Overlong) = (10, overlong)),
        _ => builder.UsePacking(packing => (packing.Capacity, packing.Overlong, packing.PacksFirst) = (10, overlong, PackingAlgorithm.BestFitDecreasing)),
    };

    private static string Message(Func<LongAlignTrainerBuilder, LongAlignTrainerBuilder> configure, InMemoryDataset? dataset = null)
    {
        using ToyModel model = new(positions: 512);
        return Assert.Throws<InvalidOperationException>(configure(Builder(model, dataset ?? Counting(20))).Build).Message;
    }

    private static void AssertSame(Action<LongAlignTrainerBuilder> batching, int worldSize)
    {
        Outcome[] outcomes = worldSize == 1 ? [Train(batching)] : ThreadProcessGroup.Results(worldSize, group => Train(batching, group));
        foreach (Outcome outcome in outcomes)
        {
            Assert.Equal(Naive.Value.Losses, outcome.Losses, (a, b) => Math.Abs(a - b) < 1e-5);
            Assert.Equal(Naive.Value.Weights, outcome.Weights, (a, b) => Math.Abs(a - b) < 1e-4);
        }
    }

    private static Outcome Train(Action<LongAlignTrainerBuilder> batching, IProcessGroup? group = null)
    {
        using ToyModel model = new(positions: 512);
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Data()).UseAdamW(learningRate: 0.02, epsilon: 1e-3)
            .UseProcessGroup(group ?? SingleProcessGroup.Instance);
        batching(builder);
        TrainingResult result = builder.Build().TrainStepsAsync(Steps).GetAwaiter().GetResult();
        return new Outcome([.. result.Losses], [.. model.parameters().SelectMany(parameter => parameter.data<float>().ToArray())]);
    }

    /// <summary>Long-tailed, up to 512 tokens; the prompts are no targets.</summary>
    private static InMemoryDataset Data() => new(Enumerable.Range(0, 50).Select(i =>
    {
        int length = i % 10 == 0 ? 512 - (7 * i) : 4 + (i * 13 % 47);
        int[] ids = [.. Enumerable.Range(0, length).Select(t => (i + t) % 12)];
        return new TokenSequence(ids, [.. ids.Select((id, t) => t < length / 3 ? -100 : id)]);
    }));

    private sealed record Outcome(double[] Losses, float[] Weights);
}
