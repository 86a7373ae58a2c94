using LongAlign.Training;
using TorchSharp;

namespace LongAlign.Benchmarks.Checks;

/// <summary>The same model and data by each batching, in tokens that are not padding.</summary>
internal static class TrainingChecks
{
    /// <summary>The best ratio of packing to naive batching in the paper's Figure 5.</summary>
    private const double BestOfThePaper = 2.9;

    public static IEnumerable<Figure> Run()
    {
        torch.set_num_threads(Environment.ProcessorCount); // as a user trains
        TrainingWork.Packed(); // warms up
        TrainingResult naive = TrainingWork.Naive();
        (string Name, TrainingResult Result)[] others =
            [("sorted batches of 8", TrainingWork.Sorted()), ("packs of 8,192", TrainingWork.Packed()), ("balanced packs of 8,192", TrainingWork.Balanced())];
        foreach ((string name, TrainingResult result) in others.Prepend(("naive batches of 8", naive)))
        {
            yield return new Figure($"training on sample data, {name}", result.TokensPerSecond, "tokens/s");
            yield return new Figure($"training on sample data, {name}, padding", 100 * result.PaddingShare, "%");
        }

        torch.set_num_threads(1);
        foreach ((string name, TrainingResult result) in others)
        {
            bool packed = result.PaddingTokens == 0;
            yield return new Figure(
                $"training on sample data, {name}, tokens/s against naive", result.TokensPerSecond / naive.TokensPerSecond, "x", AtLeast: packed ? BestOfThePaper : null);
        }
    }
}
