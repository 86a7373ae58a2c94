using CsCheck;
using LongAlign.Collation;
using LongAlign.Models.Adapters;
using LongAlign.Models.Generation;
using LongAlign.Models.Tests.Adapters;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Generation;

public sealed class TokenGeneratorTests
{
    private static readonly Gen<IReadOnlyList<int>> Prompt = Gen.Int[0, TinyModel.Vocabulary - 1].List[1, 9].Select(ids => (IReadOnlyList<int>)ids);

    private static readonly Gen<GenerationOptions> Options = Gen.OneOf(
        Gen.Const(new GenerationOptions { MaxNewTokens = 9 }),
        Gen.Const(new GenerationOptions { MaxNewTokens = 6, Temperature = 0.7, TopP = 0.9, Seed = 3 }),
        Gen.Const(new GenerationOptions { MaxNewTokens = 5, Temperature = 1.5, TopK = 5, StopTokenIds = [4, 11, 12, 20] }));

    /// <summary>In float64, so that rounding can't decide between two tokens.</summary>
    [Fact]
    [Trait("Speed", "Slow")]
    public void A_batch_with_a_cache_gives_what_each_prompt_alone_gives_when_all_is_computed_again_for_each_token()
        => Gen.Select(Prompt.List[1, 4], Options, Gen.OneOf([.. TinyModel.All.Select(Gen.Const)])).Sample(
            (prompts, options, family) =>
            {
                using CausalLanguageModel model = TinyModel.Create(family, ScalarType.Float64);
                IReadOnlyList<GeneratedSequence> sequences = new TokenGenerator(model).Generate(prompts, options);
                Assert.Equal(prompts.Count, sequences.Count);
                for (int i = 0; i < prompts.Count; i++)
                {
                    (List<int> expected, FinishReason reason) = FromScratch(model, prompts[i], i, options);
                    Assert.Equal(expected, sequences[i].TokenIds);
                    Assert.Equal(reason, sequences[i].FinishReason);
                    Assert.Equal(prompts[i].Count, sequences[i].PromptTokenCount);
                    Assert.Equal(expected.Count + (reason == FinishReason.Stop ? 1 : 0), sequences[i].GeneratedTokenCount);
                }
            },
            iter: 60,
            threads: 1,
            print: c => $"{string.Join(" | ", c.Item1.Select(prompt => string.Join(',', prompt)))} {c.Item2} {c.Item3}");

    [Theory]
    [InlineData("llama")]
    [InlineData("mistral")]
    [InlineData("gemma2")]
    [InlineData("gemma3_text")]
    [InlineData("llama, dynamic")]
    [InlineData("phi3")]
    public void A_cache_that_has_grown_twice_gives_the_same(string family)
    {
        using CausalLanguageModel model = TinyModel.Create(family, ScalarType.Float64);
        GenerationOptions options = new() { MaxNewTokens = 58, Temperature = 1 };
        int[] prompt = [3, 1, 4, 1, 5];
        Assert.Equal(FromScratch(model, prompt, 0, options).Tokens, new TokenGenerator(model).Generate([prompt], options)[0].TokenIds);
    }

    [Fact]
    public void A_model_in_training_generates_without_dropout_and_goes_on_training()
    {
        using CausalLanguageModel model = TinyAdapters.Model();
        model.AddLora(new LoraOptions { Dropout = 0.5 }).WithValues();
        GenerationOptions options = new() { MaxNewTokens = 40 };
        model.eval();
        IReadOnlyList<int> expected = new TokenGenerator(model).Generate([[3, 1, 4]], options)[0].TokenIds;
        Assert.False(model.training);
        model.train();
        Assert.Equal(expected, new TokenGenerator(model).Generate([[3, 1, 4]], options)[0].TokenIds);
        Assert.True(model.training);
    }

    [Fact]
    public async Task Each_part_has_its_own_mode_back_also_where_a_stream_is_left_or_never_begun()
    {
        using CausalLanguageModel model = TinyAdapters.Model();
        model.train();
        nn.Module frozen = model.modules().Last();
        frozen.eval();
        TokenGenerator generator = new(model);
        generator.Generate([[3, 1, 4]], new GenerationOptions { MaxNewTokens = 2 });
        AssertModes();
        IAsyncEnumerable<GeneratedToken> stream = generator.StreamAsync([[3, 1, 4]], new GenerationOptions { MaxNewTokens = 9 }, CancellationToken.None);
        AssertModes();
        await foreach (GeneratedToken token in stream)
        {
            Assert.False(model.training);
            break;
        }

        AssertModes();

        void AssertModes() => Assert.All(model.modules().Prepend(model), part => Assert.Equal(part != frozen, part.training));
    }

    [Fact]
    public void Random_numbers_are_those_of_a_run_without_generation()
    {
        using CausalLanguageModel model = TinyAdapters.Model();
        using Generator _ = random.manual_seed(7);
        using Tensor expected = rand(4);
        using Generator again = random.manual_seed(7);
        new TokenGenerator(model).Generate([[3, 1, 4]], new GenerationOptions { MaxNewTokens = 5, Temperature = 1, Seed = 3 });
        using Tensor drawn = rand(4);
        Assert.Equal(expected.data<float>().ToArray(), drawn.data<float>().ToArray());
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Every_dtype_generates(ScalarType dtype)
    {
        using CausalLanguageModel model = TinyModel.Create("qwen2", dtype);
        GeneratedSequence sequence = Assert.Single(new TokenGenerator(model).Generate([[1, 2, 3]], new GenerationOptions { MaxNewTokens = 50 }));
        Assert.Equal(50, sequence.TokenIds.Count);
        Assert.All(sequence.TokenIds, id => Assert.InRange(id, 0, TinyModel.Vocabulary - 1));
    }

    [Fact]
    public async Task A_stream_gives_the_same_tokens_each_sequence_s_in_order_and_a_reason_with_the_last()
    {
        using CausalLanguageModel model = TinyModel.Create("llama");
        GenerationOptions options = new() { MaxNewTokens = 12, Temperature = 1.2, Seed = 9, StopTokenIds = [1, 2, 3, 4, 5] };
        int[][] prompts = [[1, 2, 3], [7], [9, 9, 9, 9], [28, 0]];
        List<GeneratedToken>[] streamed = [[], [], [], []];
        await foreach (GeneratedToken token in new TokenGenerator(model).StreamAsync(prompts, options, TestContext.Current.CancellationToken))
        {
            Assert.True(streamed[token.Prompt].Count == 0 || streamed[token.Prompt][^1].FinishReason is null);
            streamed[token.Prompt].Add(token);
        }

        IReadOnlyList<GeneratedSequence> whole = await new TokenGenerator(model).GenerateAsync(prompts, options, TestContext.Current.CancellationToken);
        Assert.Contains(whole, sequence => sequence.FinishReason == FinishReason.Stop);
        for (int i = 0; i < prompts.Length; i++)
        {
            Assert.Equal(whole[i].FinishReason, streamed[i][^1].FinishReason);
            Assert.Equal(whole[i].TokenIds, streamed[i].Where(token => token.FinishReason != FinishReason.Stop).Select(token => token.TokenId));
            Assert.Equal(whole[i].FinishReason == FinishReason.Stop, options.StopTokenIds.Contains(streamed[i][^1].TokenId));
        }
    }

    [Fact]
    public void The_configuration_s_stop_tokens_are_taken_where_none_are_given()
    {
        using CausalLanguageModel plain = TinyModel.Create("llama");
        int second = new TokenGenerator(plain).Generate([[1, 2, 3]], new GenerationOptions { MaxNewTokens = 2 })[0].TokenIds[1];
        int first = new TokenGenerator(plain).Generate([[1, 2, 3]], new GenerationOptions { MaxNewTokens = 1 })[0].TokenIds[0];
        Assert.NotEqual(first, second);
        using TemporaryFolder folder = new();
        plain.SavePretrained(folder);
        TinyModel.With(("eos_token_id", second)).Save(folder);
        using CausalLanguageModel model = CausalLanguageModel.FromPretrained(folder);
        GeneratedSequence stopped = new TokenGenerator(model).Generate([[1, 2, 3]])[0];
        Assert.Equal([first], stopped.TokenIds);
        Assert.Equal(FinishReason.Stop, stopped.FinishReason);
        Assert.Equal(2, stopped.GeneratedTokenCount);
        Assert.Equal(2, new TokenGenerator(model).Generate([[1, 2, 3]], new GenerationOptions { MaxNewTokens = 2, StopTokenIds = [] })[0].TokenIds.Count);
    }

    [Fact]
    public void A_sequence_ends_with_the_model_s_positions()
    {
        using CausalLanguageModel model = TinyModel.Create("llama"); // 64 positions
        IReadOnlyList<GeneratedSequence> sequences = new TokenGenerator(model).Generate(
            [[.. Enumerable.Repeat(3, 60)], [.. Enumerable.Repeat(3, 64)], [3]], new GenerationOptions { MaxNewTokens = 100, StopTokenIds = [] });
        Assert.Equal([5, 1, 64], sequences.Select(sequence => sequence.TokenIds.Count)); // the last token of each is not read
        Assert.All(sequences, sequence => Assert.Equal(FinishReason.Length, sequence.FinishReason));
    }

    /// <summary>More tokens of prompts than one pass takes.</summary>
    [Fact]
    public void Prompts_of_several_passes_get_what_they_get_alone()
    {
        using CausalLanguageModel model = TinyModel.Create("mistral", ScalarType.Float64);
        int[][] prompts = [.. Enumerable.Range(0, 300).Select(i => Enumerable.Range(0, 56 + (i % 5)).Select(t => ((i * 7) + (t * t)) % TinyModel.Vocabulary).ToArray())];
        GenerationOptions options = new() { MaxNewTokens = 2 };
        IReadOnlyList<GeneratedSequence> together = new TokenGenerator(model).Generate(prompts, options);
        foreach (int i in new[] { 0, 150, 285, 299 })
        {
            Assert.Equal(FromScratch(model, prompts[i], i, options).Tokens, together[i].TokenIds);
        }
    }

    [Fact]
    public async Task A_stream_is_cancelled_between_tokens_and_leaves_no_tensor()
    {
        using CausalLanguageModel model = TinyModel.Create("llama");
        using CancellationTokenSource source = new();
        TokenGenerator generator = new(model);
        await Consume(generator.StreamAsync([[1], [2, 3]], new GenerationOptions { MaxNewTokens = 3 }), CancellationToken.None);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long live = Tensor.TotalCount;
        int tokens = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (GeneratedToken token in generator.StreamAsync([[1], [2, 3]], new GenerationOptions { MaxNewTokens = 60 }).WithCancellation(source.Token))
            {
                if (++tokens == 7)
                {
                    await source.CancelAsync();
                }
            }
        });
        Assert.Equal(8, tokens); // of two sequences: the pass under way is given whole
        Assert.True(Tensor.TotalCount <= live, $"{live} tensors before, {Tensor.TotalCount} after.");
        Assert.Throws<OperationCanceledException>(() => generator.Generate([[1]], cancellationToken: source.Token));
    }

    [Fact]
    public void Hundreds_of_tokens_leave_no_tensor_behind()
    {
        using CausalLanguageModel model = TinyModel.Create("chatglm");
        TokenGenerator generator = new(model);
        generator.Generate([[1], [2, 3]], new GenerationOptions { MaxNewTokens = 3 });
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long live = Tensor.TotalCount;
        for (int i = 0; i < 5; i++)
        {
            generator.Generate([[1], [2, 3], [4, 5, 6]], new GenerationOptions { MaxNewTokens = 60, StopTokenIds = [] });
        }

        Assert.True(Tensor.TotalCount <= live, $"{live} tensors before, {Tensor.TotalCount} after.");
    }

    [Fact]
    public void Arguments_that_can_t_be_used_are_named_at_once()
    {
        using CausalLanguageModel model = TinyModel.Create("llama");
        TokenGenerator generator = new(model);
        AssertRefused([[1], []], null, "Prompt 1 has 0 tokens; expected 1 to 64");
        AssertRefused([[.. Enumerable.Repeat(1, 65)]], null, "Prompt 0 has 65 tokens; expected 1 to 64");
        AssertRefused([[1, 29]], null, "Prompt 0 has token 29; the model's vocabulary is 29");
        AssertRefused([[1, -1]], null, "Prompt 0 has token -1; the model's vocabulary is 29");
        AssertRefused([[1]], new GenerationOptions { MaxNewTokens = 0, Temperature = double.NaN, TopK = 0, TopP = 0 }, "MaxNewTokens is 0, expected at least 1; Temperature is NaN, expected");
        AssertRefused([[1]], new GenerationOptions { TopK = 0, TopP = 1.5 }, "TopK is 0, expected at least 1; TopP is 1.5, expected a number above 0 and at most 1");
        Assert.Empty(generator.Generate([]));

        void AssertRefused(int[][] prompts, GenerationOptions? options, string expected)
        {
            Assert.Contains(expected, Assert.Throws<ArgumentException>(() => generator.Generate(prompts, options)).Message, StringComparison.Ordinal);
            Assert.Contains(expected, Assert.Throws<ArgumentException>(() => { generator.StreamAsync(prompts, options); }).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>All tokens go through the model again for each new one.</summary>
    private static (List<int> Tokens, FinishReason Reason) FromScratch(CausalLanguageModel model, IReadOnlyList<int> prompt, int number, GenerationOptions options)
    {
        using var noGrad = no_grad();
        TokenSampler sampler = new(options);
        List<int> tokens = [];
        while (tokens.Count < options.MaxNewTokens)
        {
            using DisposeScope scope = NewDisposeScope();
            long[] ids = [.. prompt.Concat(tokens).Select(id => (long)id)];
            Tensor logits = model.forward(tensor(ids), arange(ids.Length), PackLayout.FromLengths(ids.Length));
            int token = sampler.Choose(logits[-1].to(ScalarType.Float32).data<float>().ToArray(), UniformNoise.At(options.Seed, number, tokens.Count));
            if (options.StopTokenIds?.Contains(token) == true || (options.StopTokenIds is null && model.Config.StopTokenIds.Contains(token)))
            {
                return (tokens, FinishReason.Stop);
            }

            tokens.Add(token);
        }

        return (tokens, FinishReason.Length);
    }

    private static async Task Consume(IAsyncEnumerable<GeneratedToken> stream, CancellationToken cancellationToken)
    {
        await foreach (GeneratedToken _ in stream.WithCancellation(cancellationToken))
        {
        }
    }
}
