using LongAlign.Collation;
using LongAlign.Data;
using LongAlign.Evaluation.Comparisons;
using LongAlign.Evaluation.Perplexity;
using LongAlign.Models;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Evaluation.Tests.Perplexity;

public sealed class LongContextPerplexityTests : IDisposable
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "data", "tiny-llama");

    private readonly CausalLanguageModel _model = CausalLanguageModel.Create(ModelConfig.Load(Folder), seed: 5);

    /// <summary>Weights of some size, so that predictions are not all alike.</summary>
    public LongContextPerplexityTests()
    {
        using var noGrad = no_grad();
        foreach (var parameter in _model.parameters().Where(parameter => parameter.dim() == 2))
        {
            parameter.mul_(4);
        }
    }

    public void Dispose() => _model.Dispose();

    private static InMemoryDataset Sequences(int seed, params int[] lengths)
    {
        Random random = new(seed);
        return new InMemoryDataset(lengths.Select(length =>
        {
            int[] ids = [.. Enumerable.Range(0, length).Select(_ => random.Next(8_000))];
            return new TokenSequence(ids, [.. ids.Select((id, i) => i % 7 == 3 ? TokenSequence.IgnoreIndex : id)]);
        }));
    }

    /// <summary>Each sequence alone, by the model's own forward and a softmax in float64.</summary>
    private double[] Alone(TokenSequence sequence)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor ids = tensor(sequence.InputIds.ToArray().Select(id => (long)id).ToArray());
        Tensor logits = _model.forward(ids, arange(sequence.Length, dtype: ScalarType.Int64), PackLayout.FromLengths(sequence.Length)).to(ScalarType.Float64);
        Tensor logProbabilities = nn.functional.log_softmax(logits, 1);
        return [.. Enumerable.Range(1, sequence.Length - 1).Select(t => sequence.Labels[t] == TokenSequence.IgnoreIndex ? double.NaN : -logProbabilities[t - 1, sequence.Labels[t]].ToDouble())];
    }

    [Fact]
    public void Packed_it_equals_every_sequence_alone_bucket_by_bucket()
    {
        InMemoryDataset sequences = Sequences(1, 90, 7, 150, 2, 33, 64, 65);
        PerplexityReport report = LongContextPerplexity.Measure(_model, sequences, new PerplexityOptions { Bounds = [32, 64, 128], Capacity = 160 });
        Assert.Equal([0, 32, 64, 128], report.Buckets.Select(bucket => bucket.From));
        double[][] alone = [.. Enumerable.Range(0, sequences.Count).Select(i => Alone(sequences[i]))];
        foreach (PositionBucket bucket in report.Buckets)
        {
            double[] expected = [.. alone.SelectMany(losses => losses.Where((loss, i) => i + 1 >= bucket.From && i + 1 < (bucket.To ?? int.MaxValue) && !double.IsNaN(loss)))];
            Assert.Equal(expected.Length, bucket.Tokens);
            Assert.Equal(expected.Average(), bucket.Loss, 1e-4);
            Assert.Equal(Math.Exp(bucket.Loss), bucket.Perplexity);
        }

        Assert.Equal(alone.Sum(losses => losses.Count(loss => !double.IsNaN(loss))), report.Tokens);
        Assert.Equal(Math.Exp(alone.SelectMany(losses => losses).Where(loss => !double.IsNaN(loss)).Average()), report.Perplexity, report.Perplexity * 1e-4);
        Assert.Equal(alone[2].Where(loss => !double.IsNaN(loss)).Average(), report.Sequences[2].Loss!.Value, 1e-4);
        Assert.NotInRange(report.Loss, Math.Log(8_000) - 0.05, Math.Log(8_000) + 0.05); // not the uniform guess
    }

    [Fact]
    public void How_sequences_are_packed_and_in_which_order_they_come_changes_nothing()
    {
        InMemoryDataset sequences = Sequences(2, 50, 20, 80, 40, 10, 70);
        InMemoryDataset reversed = new(Enumerable.Range(0, 6).Reverse().Select(i => sequences[i]));
        PerplexityOptions options = new() { Bounds = [32] };
        PerplexityReport one = LongContextPerplexity.Measure(_model, sequences, options with { Capacity = 1_000 });
        PerplexityReport many = LongContextPerplexity.Measure(_model, sequences, options with { Capacity = 1 });
        PerplexityReport other = LongContextPerplexity.Measure(_model, reversed, options with { Capacity = 100 });
        foreach (PerplexityReport report in new[] { many, other })
        {
            Assert.Equal(one.Buckets.Select(bucket => (bucket.From, bucket.To, bucket.Tokens)), report.Buckets.Select(bucket => (bucket.From, bucket.To, bucket.Tokens)));
            Assert.All(one.Buckets.Zip(report.Buckets), pair => Assert.Equal(pair.First.Loss, pair.Second.Loss, 1e-5));
        }

        Assert.Equal(one.Sequences[0].Loss!.Value, other.Sequences[5].Loss!.Value, 1e-5);
    }

    [Fact]
    public void No_tensor_is_left_behind_and_the_model_keeps_its_mode()
    {
        InMemoryDataset sequences = Sequences(3, 40, 30, 20, 100);
        _model.train();
        LongContextPerplexity.Measure(_model, sequences);
        long before = Tensor.TotalCount;
        for (int i = 0; i < 3; i++)
        {
            LongContextPerplexity.Measure(_model, sequences, new PerplexityOptions { Capacity = 64 });
        }

        Assert.Equal(before, Tensor.TotalCount);
        Assert.True(_model.training);
    }

    [Fact]
    public void Each_part_has_its_own_mode_back()
    {
        _model.train();
        nn.Module frozen = _model.modules().Last();
        frozen.eval();
        LongContextPerplexity.Measure(_model, Sequences(3, 40));
        Assert.All(_model.modules().Prepend(_model), part => Assert.Equal(part != frozen, part.training));
        Assert.Throws<OperationCanceledException>(() => LongContextPerplexity.Measure(_model, Sequences(3, 40), cancellationToken: new CancellationToken(canceled: true)));
        Assert.All(_model.modules().Prepend(_model), part => Assert.Equal(part != frozen, part.training));
    }

    [Fact]
    public void A_sequence_without_a_target_is_there_without_a_loss()
    {
        InMemoryDataset sequences = new([new TokenSequence([1, 2, 3], [-100, -100, -100]), new TokenSequence([1, 2, 3], [1, 2, 3])]);
        PerplexityReport report = LongContextPerplexity.Measure(_model, sequences);
        Assert.Null(report.Sequences[0].Loss);
        Assert.Equal(2, report.Tokens);
        PerplexityReport more = LongContextPerplexity.Measure(_model, new InMemoryDataset([sequences[0], sequences[1], sequences[1]]));
        Assert.Equal(2, new PerplexityComparison(more, more).Overall.Scores.Count);
        Assert.StartsWith("| positions | tokens | loss | perplexity |\n| --- | ---: | ---: | ---: |\n| 0 to 1,023 | 2 |", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Buckets_rise_even_where_the_first_sequence_has_late_targets_alone()
    {
        InMemoryDataset sequences = new([new TokenSequence([.. Enumerable.Range(1, 40)], [.. Enumerable.Repeat(TokenSequence.IgnoreIndex, 39), 7]), new TokenSequence([1, 2, 3], [1, 2, 3])]);
        PerplexityReport report = LongContextPerplexity.Measure(_model, sequences, new PerplexityOptions { Bounds = [32] });
        Assert.Equal([(0, 2), (32, 1)], report.Buckets.Select(bucket => (bucket.From, bucket.Tokens)));
    }

    [Fact]
    public void Bad_input_is_named()
    {
        Assert.Contains("Id 8000 at position 1 of sequence 1", Assert.Throws<InvalidDataException>(() => LongContextPerplexity.Measure(
            _model, new InMemoryDataset([new([1, 2, 3, 4], [1, 2, 3, 4]), new([1, 8_000], [1, 8_000])]))).Message, StringComparison.Ordinal);
        Assert.Contains("There are 8193 tokens in sequence 1; the model has 8192", Assert.Throws<ArgumentException>(() => LongContextPerplexity.Measure(_model, Sequences(1, 10, 8_193))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => LongContextPerplexity.Measure(_model, new InMemoryDataset([new([1, 2], [-100, -100])])));
        Assert.Throws<ArgumentException>(() => LongContextPerplexity.Measure(_model, Sequences(1, 10), new PerplexityOptions { Bounds = [64, 32] }));
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => LongContextPerplexity.Measure(_model, Sequences(1, 10), cancellationToken: cancelled.Token));
    }

    [Fact]
    public void Texts_become_sequences_whose_tokens_are_all_predicted()
    {
        ModelTokenizer tokenizer = ModelTokenizer.Load(Folder);
        InMemoryDataset sequences = LongContextPerplexity.Tokenize(tokenizer, ["Call me Ishmael.", "Some years ago, never mind how long precisely"], maxTokens: 6);
        Assert.Equal(6, sequences[1].Length);
        Assert.All(Enumerable.Range(0, 2), i => Assert.Equal(sequences[i].Length - 1, sequences[i].TargetCount));
        Assert.Equal([.. tokenizer.PrefixIds, .. tokenizer.Encode("Call me Ishmael.").Take(6 - tokenizer.PrefixIds.Length)], sequences[0].InputIds.ToArray());
        Assert.Contains("Text 1 has 1 tokens", Assert.Throws<ArgumentException>(() => LongContextPerplexity.Tokenize(tokenizer, ["a b c", ""], 6)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_models_are_compared_by_position_on_the_same_sequences_alone()
    {
        InMemoryDataset sequences = Sequences(4, 90, 40, 70, 20, 60, 80, 50, 100, 30, 45);
        using CausalLanguageModel uniform = CausalLanguageModel.Create(ModelConfig.Load(Folder), seed: 5);
        PerplexityOptions options = new() { Bounds = [32, 64] };
        PerplexityReport a = LongContextPerplexity.Measure(_model, sequences, options);
        PerplexityReport b = LongContextPerplexity.Measure(uniform, sequences, options);
        PerplexityComparison comparison = new(a, b);
        Assert.Equal(ComparisonOutcome.Better, comparison.Overall.Overall.Outcome); // even odds beat confident noise
        Assert.Equal((a.Perplexity, b.Perplexity), (comparison.PerplexityA, comparison.PerplexityB));
        Assert.Equal([10, 8, 4], comparison.Buckets.Select(bucket => bucket.Sequences!.Count)); // as many reach these positions
        Assert.Equal(a.Sequences.Average(sequence => sequence.Loss) - b.Sequences.Average(sequence => sequence.Loss) ?? 0, comparison.Overall.Overall.Difference, 12);
        double late = a.Sequences.Zip(b.Sequences).Where(pair => pair.First.Length > 64).Average(pair => pair.First.Buckets[^1].Loss - pair.Second.Buckets[^1].Loss);
        Assert.Equal(late, comparison.Buckets[2].Sequences!.Difference, 12);
        Assert.StartsWith("B predicts these texts better than A: perplexity ", comparison.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("B predicts these texts worse than A: perplexity ", new PerplexityComparison(b, a).ToString(), StringComparison.Ordinal);
        Assert.StartsWith("Cannot tell with 10 texts which model predicts them better: perplexity ", new PerplexityComparison(a, a).ToString(), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new PerplexityComparison(a, LongContextPerplexity.Measure(uniform, Sequences(4, 90, 40), options)));
        InMemoryDataset allPredicted = new(Enumerable.Range(0, sequences.Count).Select(i => new TokenSequence(sequences[i].InputIds, sequences[i].InputIds)));
        Assert.Throws<ArgumentException>(() => new PerplexityComparison(a, LongContextPerplexity.Measure(uniform, allPredicted, options)));
    }
}
