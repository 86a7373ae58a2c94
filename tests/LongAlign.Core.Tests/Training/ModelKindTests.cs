using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Core.Tests.Distributed;
using LongAlign.Losses;
using LongAlign.Packing;
using LongAlign.Sequences;
using LongAlign.Training;
using TorchSharp;
using static LongAlign.Core.Tests.Training.LongAlignTrainerTests;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

/// <summary>One model, written in the three ways that the trainer takes.</summary>
public sealed class ModelKindTests
{
    [Theory]
    [InlineData(LossReduction.SequenceMean)]
    [InlineData(LossReduction.TokenMean)]
    [InlineData(LossReduction.PackMean)]
    public void All_kinds_have_the_same_losses_and_gradients_on_padded_rows(LossReduction reduction)
    {
        (double Loss, float[] Gradients)[] kinds = [.. Kinds.Select(kind => LossOf(kind, reduction))];
        Assert.All(kinds, kind => Assert.Equal(kinds[0].Loss, kind.Loss, 1e-5));
        Assert.All(kinds, kind => Assert.Equal(kinds[0].Gradients, kind.Gradients, (a, b) => Math.Abs(a - b) < 1e-5));

        static (double, float[]) LossOf(Func<ToyModel, nn.Module> kind, LossReduction reduction)
        {
            using DisposeScope scope = NewDisposeScope();
            using ToyModel toy = new();
            using PaddedBatch batch = new PaddedBatchCollator(Counting(9)).Collate(new MicroBatch(Enumerable.Range(0, 9).ToArray(), LengthLimit.None) { Totals = new StepTotals(20, 3, 200) });
            TargetLoss loss = ModelLoss.Of((ITrainableModel)kind(toy), batch, BatchTargets.Of(batch, reduction));
            loss.Loss.backward();
            return (loss.Loss.ToDouble(), [.. toy.parameters().SelectMany(parameter => parameter.grad!.data<float>().ToArray())]);
        }
    }

    [Fact]
    public async Task All_kinds_train_to_the_same_losses()
    {
        async Task<TrainingResult> Train(Func<LongAlignTrainerBuilder, ToyModel, LongAlignTrainerBuilder> use, Func<LongAlignTrainerBuilder, LongAlignTrainerBuilder> batching)
        {
            using ToyModel toy = new();
            return await batching(use(LongAlignTrainer.CreateBuilder(), toy).UseDataset(Counting(20)).UseAdamW(learningRate: 0.05)).Build().TrainAsync(4);
        }

        Func<LongAlignTrainerBuilder, LongAlignTrainerBuilder> rows = builder => builder.UseSortedBatching(batching => batching.BatchSize = 4);
        Func<LongAlignTrainerBuilder, LongAlignTrainerBuilder> packs = builder => builder.UsePacking(packing => packing.Capacity = 50);
        TrainingResult decoder = await Train((builder, toy) => builder.UseModel(toy), rows);
        TrainingResult padded = await Train((builder, toy) => builder.UseModel(new PaddedToyModel(toy)), rows);
        Assert.Equal(decoder.Losses, padded.Losses, (a, b) => Math.Abs(a - b) < 1e-4);
        Assert.Equal((decoder.Tokens, decoder.PaddingTokens), (padded.Tokens, padded.PaddingTokens));
        Assert.True(padded.FinalLoss < 0.8 * padded.Losses[0]);

        decoder = await Train((builder, toy) => builder.UseModel(toy), packs);
        TrainingResult logits = await Train((builder, toy) => builder.UseModel(new LogitsToyModel(toy)), packs);
        Assert.Equal(decoder.Losses, logits.Losses, (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void The_mask_is_true_on_tokens_and_false_in_padding()
    {
        InMemoryDataset dataset = new([Sequence(3, 1), Sequence(5, 2), Sequence(1, 3)]);
        using PaddedBatch batch = new PaddedBatchCollator(dataset).Collate(new MicroBatch(new[] { 0, 1, 2 }, LengthLimit.None));
        using Tensor mask = batch.CreateAttentionMask();
        Assert.Equal(ScalarType.Bool, mask.dtype);
        Assert.Equal([3, 5], mask.shape);
        Assert.Equal("111001111110000", string.Concat(mask.data<bool>().Select(isToken => isToken ? '1' : '0')));
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(9)]
    public async Task A_padded_model_is_evaluated_on_rows_to_the_same_sums(int maxTokens)
    {
        InMemoryDataset heldOut = new([.. Enumerable.Range(0, 17).Select(i => Sequence(3 + (i * 5 % 14), i)), Sequence(50, 2), new TokenSequence([4, 5], [-100, -100])]);
        async Task<EvaluationReport> Evaluate(Func<LongAlignTrainerBuilder, LongAlignTrainerBuilder> use) => (await use(LongAlignTrainer.CreateBuilder())
            .UseDataset(Counting(2)).UseAdamW(1e-12).UseNaiveBatching(batching => (batching.MaxLength, batching.Overlong) = (maxTokens, OverlongPolicy.TruncateLeft))
            .EvaluateEvery(1, heldOut, evaluation => evaluation.Capacity = 40).Build().TrainStepsAsync(1)).Evaluations[0];

        using ToyModel toy = new();
        using ToyModel other = new();
        PaddedToyModel padded = new(other);
        EvaluationReport expected = await Evaluate(builder => builder.UseModel(toy));
        EvaluationReport actual = await Evaluate(builder => builder.UseModel(padded));
        Assert.Equal(expected.SequenceLoss, actual.SequenceLoss, 1e-5);
        Assert.Equal(expected.TokenLoss, actual.TokenLoss, 1e-5);
        Assert.Equal((expected.Sequences, expected.TargetTokens), (actual.Sequences, actual.TargetTokens));
        Assert.Equal(expected.Buckets.Select(bucket => (bucket.Name, bucket.Sequences, bucket.TargetTokens)), actual.Buckets.Select(bucket => (bucket.Name, bucket.Sequences, bucket.TargetTokens)));

        (long Rows, long Width, long Tokens)[] first = [.. padded.Seen.TakeWhile((_, i) => padded.Seen.Take(i).Sum(seen => seen.Rows) < heldOut.Count)];
        Assert.Equal(heldOut.Count, first.Sum(seen => seen.Rows));
        Assert.Equal(heldOut.Lengths.ToArray().Sum(length => Math.Min(length, maxTokens)), first.Sum(seen => seen.Tokens));
        Assert.All(first, seen => Assert.True(seen.Rows * seen.Width <= 40 || seen.Rows == 1, $"{seen}"));
        Assert.True(first.Length < 10, "rows of a similar length come together");
    }

    [Fact]
    public void A_padded_model_trains_on_several_ranks()
    {
        double[][] losses = ThreadProcessGroup.Results(2, group => Train(builder => builder.UseProcessGroup(group)));
        double[] one = Train(builder => builder.UseGradientAccumulation(2));
        Assert.All(losses, rank => Assert.Equal(one, rank, (a, b) => Math.Abs(a - b) < 1e-5));

        static double[] Train(Func<LongAlignTrainerBuilder, LongAlignTrainerBuilder> configure)
        {
            using ToyModel toy = new();
            LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(new PaddedToyModel(toy)).UseDataset(Counting(12))
                .UseNaiveBatching(batching => batching.BatchSize = 2).UseAdamW(learningRate: 0.05);
            return [.. configure(builder).Build().TrainAsync(1).GetAwaiter().GetResult().Losses];
        }
    }

    [Fact]
    public async Task A_padded_model_refuses_packs()
    {
        using ToyModel toy = new();
        LongAlignTrainerBuilder Builder() => LongAlignTrainer.CreateBuilder().UseModel(new PaddedToyModel(toy)).UseDataset(Counting(4)).UseAdamW();
        string message = Assert.Throws<InvalidOperationException>(Builder().UsePacking().Build).Message;
        Assert.Contains("UsePacking: PaddedToyModel is an IPaddedModel", message, StringComparison.Ordinal);
        Assert.Contains("use UseSortedBatching or UseNaiveBatching", message, StringComparison.Ordinal);

        LongAlignTrainer trainer = Builder().UseBatching(new RandomBatchSampler(Counting(4), 2, 1), new PackedBatchCollator(Counting(4))).Build();
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => trainer.TrainAsync(1));
        Assert.Contains("the collator gave a PackedBatch, expected a PaddedBatch", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_of_no_kind_is_refused()
    {
        using KindlessModel model = new();
        string message = Assert.Throws<InvalidOperationException>(LongAlignTrainer.CreateBuilder().UseModel(model).Build).Message;
        Assert.Contains("KindlessModel implements none of the model interfaces; expected ICausalLanguageModel, ILogitsModel or IPaddedModel", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logits_of_another_shape_are_named()
    {
        using ToyModel toy = new();
        LongAlignTrainer trainer = LongAlignTrainer.CreateBuilder().UseModel(new PaddedToyModel(toy) { MissingLogits = 1 }).UseDataset(Counting(1)).UseAdamW().UseNaiveBatching().Build();
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => trainer.TrainAsync(1));
        Assert.Contains("GetLogits of PaddedToyModel gave a tensor of shape [1, 3, 12]; expected [1, 3, 13]", error.Message, StringComparison.Ordinal);
    }

    private static Func<ToyModel, nn.Module>[] Kinds { get; } = [toy => toy, toy => new LogitsToyModel(toy), toy => new PaddedToyModel(toy)];

    private sealed class KindlessModel() : nn.Module(nameof(KindlessModel)), ITrainableModel
    {
        public int VocabularySize => 13;

        public int MaxPositions => 64;
    }
}
