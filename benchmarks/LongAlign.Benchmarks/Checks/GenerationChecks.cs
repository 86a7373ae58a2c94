namespace LongAlign.Benchmarks.Checks;

/// <summary>Tokens a second against the least that a token can cost: to read the weights once.</summary>
internal static class GenerationChecks
{
    public static IEnumerable<Figure> Run()
    {
        GenerationBenchmarks generation = new();
        generation.SetUp();
        (double weights, double one) = Stopwatches.Best(generation.ReadWeights, generation.One, runs: 3);
        (double prompt, double eight) = Stopwatches.Best(() => generation.Generate(1, 128, 1), generation.Eight, runs: 3);
        (double prompts, double again) = Stopwatches.Best(generation.Prompts, generation.Prompts, runs: 3);
        double step = (one - prompt) / (GenerationBenchmarks.NewTokens - 1);
        double stepOfEight = (eight - Math.Min(prompts, again)) / (GenerationBenchmarks.NewTokens - 1);
        yield return new Figure("weights that a token reads", generation.BytesOfToken / 1e6, "MB");
        yield return new Figure("least time of a token, at", generation.BytesOfToken / 1e9 / (weights / GenerationBenchmarks.NewTokens), "GB/s");
        yield return new Figure("generation, one sequence", 1 / step, "tokens/s");
        yield return new Figure("generation, one sequence, time of a token against the least", step / (weights / GenerationBenchmarks.NewTokens), "x", AtMost: 1.5);
        yield return new Figure("generation, eight sequences", 8 / stepOfEight, "tokens/s");
        yield return new Figure("generation, eight sequences, time of a step against that of one", stepOfEight / step, "x");
        yield return new Figure("reading eight prompts of 72 to 128 tokens", 800 / Math.Min(prompts, again), "tokens/s");
        generation.CleanUp();
    }
}
