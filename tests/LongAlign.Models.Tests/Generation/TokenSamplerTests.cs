using LongAlign.Models.Generation;

namespace LongAlign.Models.Tests.Generation;

public sealed class TokenSamplerTests
{
    /// <summary>Probabilities 0.4, 0.3, 0.15, 0.1, 0.05, in no order.</summary>
    private static readonly double[] Probabilities = [0.15, 0.4, 0.05, 0.3, 0.1];

    private static readonly float[] Logits = [.. Probabilities.Select(p => (float)Math.Log(p) + 3)];

    public static TheoryData<GenerationOptions, double[]> Distributions => new()
    {
        { new GenerationOptions { Temperature = 1 }, Probabilities },
        { new GenerationOptions { Temperature = 1, TopP = 1, TopK = 99 }, Probabilities },
        { new GenerationOptions { Temperature = 0.5 }, Powers(2) },
        { new GenerationOptions { Temperature = 2 }, Powers(0.5) },
        { new GenerationOptions { Temperature = 1, TopK = 2 }, [0, 0.4, 0, 0.3, 0] },
        { new GenerationOptions { Temperature = 1, TopK = 1 }, [0, 1, 0, 0, 0] },
        { new GenerationOptions { Temperature = 1, TopP = 0.39 }, [0, 1, 0, 0, 0] },
        { new GenerationOptions { Temperature = 1, TopP = 0.41 }, [0, 0.4, 0, 0.3, 0] },
        { new GenerationOptions { Temperature = 1, TopP = 0.86 }, [0.15, 0.4, 0, 0.3, 0.1] },
        { new GenerationOptions { Temperature = 1, TopK = 2, TopP = 0.56 }, [0, 1, 0, 0, 0] }, // 0.4 is 0.57 of what top-k leaves
        { new GenerationOptions { Temperature = 0.5, TopP = 0.58 }, [0, 0.16, 0, 0.09, 0] }, // the share is of what temperature makes of it
    };

    [Theory]
    [MemberData(nameof(Distributions))]
    public void Tokens_are_drawn_as_often_as_their_probability_says(GenerationOptions options, double[] expected)
    {
        const int Draws = 20_000;
        TokenSampler sampler = new(options);
        int[] counts = new int[expected.Length];
        for (int i = 0; i < Draws; i++)
        {
            counts[sampler.Choose(Logits, UniformNoise.At(5, 0, i))]++;
        }

        double sum = expected.Sum();
        for (int token = 0; token < expected.Length; token++)
        {
            double p = expected[token] / sum;
            Assert.Equal(p, (double)counts[token] / Draws, p is 0 or 1 ? 0 : 4 * Math.Sqrt(p * (1 - p) / Draws));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-9)]
    public void Without_temperature_the_likeliest_is_taken_and_of_several_the_first(double temperature)
    {
        TokenSampler sampler = new(new GenerationOptions { Temperature = temperature, TopK = 3 });
        Assert.Equal(1, sampler.Choose([0, 2, float.NegativeInfinity, 2, 1], 0.999));
    }

    [Fact]
    public void Of_equally_likely_tokens_top_k_keeps_those_of_the_lowest_ids()
    {
        TokenSampler sampler = new(new GenerationOptions { Temperature = 1, TopK = 2 });
        Assert.Equal([0, 1], Enumerable.Range(0, 100).Select(i => sampler.Choose([1, 1, 1, 1], i / 100.0)).Distinct().Order());
    }

    /// <summary>Where what is near the likeliest does not hold enough, all are sorted.</summary>
    [Theory]
    [InlineData(3, null, 3)]
    [InlineData(null, 0.99999999, 4)] // the last two hold less than a hundred-millionth
    public void Tokens_far_below_the_likeliest_count_too(int? topK, double? topP, int kept)
    {
        float[] logits = [0, -17, -18, -18.5f, -19, -20, float.NegativeInfinity];
        TokenSampler sampler = new(new GenerationOptions { Temperature = 1, TopK = topK, TopP = topP });
        double end = 1 - 1e-16;
        Assert.Equal(kept - 1, sampler.Choose(logits, end));
        Assert.Equal(0, sampler.Choose(logits, 0));
    }

    [Fact]
    public void A_token_of_no_probability_is_never_drawn()
    {
        TokenSampler sampler = new(new GenerationOptions { Temperature = 1 });
        Assert.Equal(1, sampler.Choose([float.NegativeInfinity, 0, float.NegativeInfinity], 0));
        Assert.Equal(1, sampler.Choose([float.NegativeInfinity, 0, float.NegativeInfinity], 0.9999999999));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Logits_that_are_not_finite_are_named(float logit)
    {
        TokenSampler sampler = new(new GenerationOptions());
        string message = Assert.Throws<InvalidOperationException>(() => sampler.Choose([0, 1, logit, 5], 0)).Message;
        Assert.Contains("not finite: that of token 2 is", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Noise_is_even_and_differs_by_seed_sequence_and_step()
    {
        double[] noise = [.. Enumerable.Range(0, 10_000).Select(step => UniformNoise.At(1, 2, step))];
        Assert.All(noise, u => Assert.InRange(u, 0, 1 - 1e-16));
        Assert.Equal(0.5, noise.Average(), 0.01);
        Assert.Equal(1.0 / 12, noise.Average(u => (u - 0.5) * (u - 0.5)), 0.003);
        Assert.Equal(4, new HashSet<double> { UniformNoise.At(1, 2, 3), UniformNoise.At(2, 2, 3), UniformNoise.At(1, 3, 3), UniformNoise.At(1, 2, 4) }.Count);
        Assert.Equal(UniformNoise.At(7, 8, 9), UniformNoise.At(7, 8, 9));
    }

    private static double[] Powers(double exponent) => [.. Probabilities.Select(p => Math.Pow(p, exponent))];
}
