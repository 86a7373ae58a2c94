using CsCheck;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Losses;

public sealed class WeightedPackingLossTests
{
    private const int Vocabulary = 7;

    /// <summary>Sequences, and two ways to deal them to micro-batches: the numbers are the micro-batch of each sequence.</summary>
    private static readonly Gen<(TokenSequence[] Sequences, int[] Left, int[] Right, long Seed)> Splits =
        from sequences in Any.Sequence(maxLength: 9, Vocabulary).Array[1, 8]
        from left in Gen.Int[0, 3].Array[sequences.Length]
        from right in Gen.Int[0, 3].Array[sequences.Length]
        from seed in Gen.Long
        select (sequences, left, right, seed);

    [Theory]
    [InlineData(LossReduction.SequenceMean)]
    [InlineData(LossReduction.TokenMean)]
    public void The_loss_of_a_step_does_not_depend_on_how_its_sequences_are_split(LossReduction reduction) => Splits.Sample(
        c =>
        {
            using DisposeScope scope = NewDisposeScope();
            (double left, Tensor leftGradient) = Run(c.Sequences, c.Left, c.Seed, reduction);
            (double right, Tensor rightGradient) = Run(c.Sequences, c.Right, c.Seed, reduction);
            return Math.Abs(left - right) < 1e-5 && (leftGradient - rightGradient).abs().max().ToDouble() < 1e-6;
        },
        iter: 100,
        threads: 1);

    [Fact]
    public void Loss_weighting_is_equation_2_and_equation_4() => Splits.Sample(
        c =>
        {
            using DisposeScope scope = NewDisposeScope();
            double loss = Run(c.Sequences, c.Left, c.Seed, LossReduction.SequenceMean).Loss;
            double[][] tokenLosses = TokenLosses(c.Sequences, c.Seed);

            // Eq. 2: the mean over sequences of the mean over their targets.
            double equation2 = tokenLosses.Where(losses => losses.Length > 0).Select(losses => losses.Average()).DefaultIfEmpty(0).Average();

            // Eq. 4: weights K / (N_i M), summed in each pack, averaged over the K packs.
            int packs = c.Left.Distinct().Count();
            int withTarget = tokenLosses.Count(losses => losses.Length > 0);
            double equation4 = c.Left.Distinct().Select(pack => Enumerable.Range(0, c.Sequences.Length)
                .Where(i => c.Left[i] == pack)
                .Sum(i => tokenLosses[i].Sum(ce => ce * packs / (tokenLosses[i].Length * (double)withTarget)))).Average();
            return Math.Abs(equation2 - loss) < 1e-5 && Math.Abs(equation4 - loss) < 1e-5;
        },
        iter: 100,
        threads: 1);

    [Fact]
    public void Without_weighting_every_pack_counts_the_same() => Splits.Sample(
        c =>
        {
            using DisposeScope scope = NewDisposeScope();
            double loss = Run(c.Sequences, c.Left, c.Seed, LossReduction.PackMean).Loss;
            double[][] tokenLosses = TokenLosses(c.Sequences, c.Seed);
            double equation3 = c.Left.Distinct().Select(pack => Enumerable.Range(0, c.Sequences.Length)
                .Where(i => c.Left[i] == pack).SelectMany(i => tokenLosses[i]).DefaultIfEmpty(0).Average()).Average();
            return Math.Abs(equation3 - loss) < 1e-5;
        },
        iter: 100,
        threads: 1);

    [Fact]
    public void A_padded_batch_and_a_pack_of_the_same_sequences_have_the_same_loss()
    {
        using DisposeScope scope = NewDisposeScope();
        InMemoryDataset dataset = new([Sequence(5), Sequence(2), Sequence(8)]);
        MicroBatch all = new(new[] { 0, 1, 2 }, LengthLimit.None);
        using PackedBatch packed = new PackedBatchCollator(dataset).Collate(all);
        using PaddedBatch padded = new PaddedBatchCollator(dataset).Collate(all);
        using WeightedPackingLoss loss = new();
        Tensor rows = randn(3, 8, Vocabulary, generator: new Generator(3));
        Tensor flat = cat([rows[0].narrow(0, 0, 5), rows[1].narrow(0, 0, 2), rows[2]], 0);
        Assert.Equal(loss.forward(flat, packed).ToDouble(), loss.forward(rows, padded).ToDouble(), 1e-6);
    }

    [Fact]
    public void A_batch_without_targets_has_loss_zero_and_gradient_zero()
    {
        using DisposeScope scope = NewDisposeScope();
        InMemoryDataset dataset = new([new TokenSequence([1, 2, 3], [1, -100, -100])]);
        using PackedBatch batch = new PackedBatchCollator(dataset).Collate(new MicroBatch(new[] { 0 }, LengthLimit.None));
        foreach (LossReduction reduction in Enum.GetValues<LossReduction>())
        {
            using WeightedPackingLoss loss = new(reduction);
            Tensor logits = randn(3, Vocabulary).requires_grad_(true);
            Tensor value = loss.forward(logits, batch);
            value.backward();
            Assert.Equal(0, value.ToDouble());
            Assert.Equal(0, logits.grad!.abs().sum().ToDouble());
        }
    }

    [Fact]
    public void Bfloat16_logits_give_a_float32_loss()
    {
        using DisposeScope scope = NewDisposeScope();
        InMemoryDataset dataset = new([Sequence(6)]);
        using PackedBatch batch = new PackedBatchCollator(dataset).Collate(new MicroBatch(new[] { 0 }, LengthLimit.None));
        using WeightedPackingLoss loss = new();
        Tensor logits = randn(6, Vocabulary, generator: new Generator(1)).to(ScalarType.BFloat16);
        Tensor value = loss.forward(logits, batch);
        Assert.Equal(ScalarType.Float32, value.dtype);
        Assert.Equal(loss.forward(logits.to(ScalarType.Float32), batch).ToDouble(), value.ToDouble(), 1e-6);
    }

    [Fact]
    public void Logits_of_another_number_of_tokens_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using PackedBatch batch = new PackedBatchCollator(new InMemoryDataset([Sequence(6)])).Collate(new MicroBatch(new[] { 0 }, LengthLimit.None));
        using WeightedPackingLoss loss = new();
        ArgumentException error = Assert.Throws<ArgumentException>(() => loss.forward(zeros(5, Vocabulary), batch));
        Assert.Contains("[5, 7]", error.Message, StringComparison.Ordinal);
        Assert.Contains("6 tokens", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hidden_states_that_do_not_go_with_batch_or_weight_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using PackedBatch batch = new PackedBatchCollator(new InMemoryDataset([Sequence(6)])).Collate(new MicroBatch(new[] { 0 }, LengthLimit.None));
        using WeightedPackingLoss loss = new();
        (Tensor Hidden, Tensor Weight, string Said)[] wrong =
        [
            (zeros(5, 4), zeros(Vocabulary, 4), "Float32 [5, 4]"),
            (zeros(6, 4), zeros(Vocabulary, 5), $"[{Vocabulary}, 5]"),
            (zeros(6, 4), zeros(4), "Float32 [4]"),
            (zeros(6, 4), zeros(Vocabulary, 4).to(ScalarType.BFloat16), $"BFloat16 [{Vocabulary}, 4]"),
            (zeros(1).sum(), zeros(Vocabulary, 4), "Float32 []"),
        ];
        Assert.All(wrong, w =>
        {
            ArgumentException error = Assert.Throws<ArgumentException>(() => loss.forward(w.Hidden, w.Weight, batch));
            Assert.Contains(w.Said, error.Message, StringComparison.Ordinal);
            Assert.Contains("6 tokens", error.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Nothing_may_be_null()
    {
        using DisposeScope scope = NewDisposeScope();
        using PackedBatch batch = new PackedBatchCollator(new InMemoryDataset([Sequence(6)])).Collate(new MicroBatch(new[] { 0 }, LengthLimit.None));
        using WeightedPackingLoss loss = new();
        Assert.Throws<ArgumentNullException>(() => loss.forward(null!, batch));
        Assert.Throws<ArgumentNullException>(() => loss.forward(zeros(6, Vocabulary), null!));
        Assert.Throws<ArgumentNullException>(() => loss.forward(null!, zeros(Vocabulary, 4), batch));
        Assert.Throws<ArgumentNullException>(() => loss.forward(zeros(6, 4), null!, batch));
        Assert.Throws<ArgumentNullException>(() => loss.forward(zeros(6, 4), zeros(Vocabulary, 4), null!));
        Assert.Throws<ArgumentNullException>(() => FusedLinearCrossEntropy.Forward(null!, zeros(3, 4), zeros(2, ScalarType.Int64), ones(2)));
        Assert.Throws<ArgumentNullException>(() => FusedLinearCrossEntropy.Forward(zeros(2, 4), null!, zeros(2, ScalarType.Int64), ones(2)));
        Assert.Throws<ArgumentNullException>(() => FusedLinearCrossEntropy.Forward(zeros(2, 4), zeros(3, 4), null!, ones(2)));
        Assert.Throws<ArgumentNullException>(() => FusedLinearCrossEntropy.Forward(zeros(2, 4), zeros(3, 4), zeros(2, ScalarType.Int64), null!));
    }

    [Fact]
    public void A_reduction_that_does_not_exist_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using PackedBatch batch = new PackedBatchCollator(new InMemoryDataset([Sequence(6)])).Collate(new MicroBatch(new[] { 0 }, LengthLimit.None));
        using WeightedPackingLoss loss = new((LossReduction)99);
        Assert.Contains("Unknown loss reduction", Assert.Throws<ArgumentOutOfRangeException>(() => loss.forward(zeros(6, Vocabulary), batch)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_outside_the_vocabulary_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        InMemoryDataset dataset = new([new TokenSequence([1, 2, 3], [-100, 2, Vocabulary])]);
        using PackedBatch batch = new PackedBatchCollator(dataset).Collate(new MicroBatch(new[] { 0 }, LengthLimit.None));
        using WeightedPackingLoss loss = new();
        ArgumentException error = Assert.Throws<ArgumentException>(() => loss.forward(zeros(3, Vocabulary), batch));
        Assert.Contains($"label {Vocabulary}", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ArgumentException>(() => loss.forward(zeros(3, 4), zeros(Vocabulary, 4), batch));
        Assert.Contains($"label {Vocabulary}", error.Message, StringComparison.Ordinal);
    }

    private static (double Loss, Tensor Gradient) Run(TokenSequence[] sequences, int[] microBatchOf, long seed, LossReduction reduction)
    {
        InMemoryDataset dataset = new(sequences);
        int[] used = [.. microBatchOf.Distinct()];
        StepTotals totals = new(sequences.Count(s => s.TargetCount > 0), used.Length, sequences.Sum(s => (long)s.TargetCount));
        using WeightedPackingLoss weightedLoss = new(reduction);
        Tensor[] logits = Array.ConvertAll(Logits(sequences, seed), t => t.requires_grad_(true));
        double loss = 0;
        foreach (int microBatch in used)
        {
            int[] indices = [.. Enumerable.Range(0, sequences.Length).Where(i => microBatchOf[i] == microBatch)];
            using PackedBatch batch = new PackedBatchCollator(dataset).Collate(new MicroBatch(indices, LengthLimit.None) { Totals = totals });
            Tensor share = weightedLoss.forward(cat(Array.ConvertAll(indices, i => logits[i]), 0), batch);
            share.backward();
            loss += share.ToDouble();
        }

        return (loss, cat(Array.ConvertAll(logits, t => t.grad!), 0));
    }

    /// <summary>Cross entropy of every target, in plain float64.</summary>
    private static double[][] TokenLosses(TokenSequence[] sequences, long seed)
    {
        Tensor[] logits = Logits(sequences, seed);
        return [.. sequences.Select((sequence, i) => Enumerable.Range(1, sequence.Length - 1)
            .Where(t => sequence.Labels[t] != TokenSequence.IgnoreIndex)
            .Select(t =>
            {
                double[] row = [.. logits[i][t - 1].data<float>().Select(x => (double)x)];
                return Math.Log(row.Sum(Math.Exp)) - row[sequence.Labels[t]];
            })
            .ToArray())];
    }

    private static Tensor[] Logits(TokenSequence[] sequences, long seed)
    {
        using Generator generator = new((ulong)seed);
        return Array.ConvertAll(sequences, sequence => randn(sequence.Length, Vocabulary, generator: generator));
    }

    private static TokenSequence Sequence(int length)
    {
        int[] ids = [.. Enumerable.Range(0, length).Select(t => t * 3 % Vocabulary)];
        return new TokenSequence(ids, ids);
    }
}
