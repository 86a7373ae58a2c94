using LongAlign.Training;
using TorchSharp;

namespace LongAlign.Benchmarks.Checks;

/// <summary>The same model and data by each batching, in tokens that are not padding.</summary>
internal static class TrainingChecks
{
    /// <summary>The best ratio of packing to naive batching in the paper's Figure 5.</summary>
    private const double BestOfThePaper = 2.9;

    private const int Turns = 3;

    public static IEnumerable<Figure> Run()
    {
        torch.set_num_threads(Environment.ProcessorCount); // as a user trains
        TrainingWork.Packed(); // warms up
        TrainingResult naive = TrainingWork.Naive();
        TrainingResult sorted = TrainingWork.Sorted();
        TrainingResult[] packings = InTurns(TrainingWork.Packed, TrainingWork.PacksFirst, TrainingWork.Balanced);
        torch.set_num_threads(1);
        (string Name, TrainingResult Result)[] all =
        [
            ("naive batches of 8", naive), ("sorted batches of 8", sorted),
            ("packs of 8,192", packings[0]), ("packs first", packings[1]), ("packs first, balanced", packings[2]),
        ];
        foreach ((string name, TrainingResult result) in all)
        {
            yield return new Figure($"training on sample data, {name}", result.TokensPerSecond, "tokens/s");
            yield return new Figure($"training on sample data, {name}, padding", 100 * result.PaddingShare, "%");
        }

        foreach ((string name, TrainingResult result) in all.Skip(1))
        {
            bool packed = result.PaddingTokens == 0;
            yield return new Figure(
                $"training on sample data, {name}, tokens/s against naive", result.TokensPerSecond / naive.TokensPerSecond, "x", AtLeast: packed ? BestOfThePaper : null);
        }

        yield return new Figure("training on sample data, packs of 8,192, tokens/s against packs first", packings[0].TokensPerSecond / packings[1].TokensPerSecond, "x", AtLeast: 0.95);
    }

    /// <summary>The fastest run of each; they take turns, so that a busy spell meets all.</summary>
    private static TrainingResult[] InTurns(params Func<TrainingResult>[] runs)
    {
        TrainingResult[][] turns = [.. Enumerable.Range(0, Turns).Select(_ => runs.Select(run => run()).ToArray())];
        return [.. Enumerable.Range(0, runs.Length).Select(run => turns.Select(turn => turn[run]).MaxBy(result => result.TokensPerSecond)!)];
    }
}
