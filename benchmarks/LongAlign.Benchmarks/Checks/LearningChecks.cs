using System.Globalization;
using LongAlign.Batching;
using LongAlign.Packing;
using TorchSharp;

namespace LongAlign.Benchmarks.Checks;

/// <summary>
/// Checks of how well each batching learns the quickstart's data: the held-out loss of five runs whose seed decides weights and order.
/// Naive batching is run once; in the other runs its steps, packed, stand for it.
/// </summary>
internal static class LearningChecks
{
    private const int ShortSteps = 3;

    private static readonly ulong[] AllSeeds = [42, 1, 2, 3, 4];

    public static IEnumerable<Figure> Run() => Run(isShort: false);

    /// <summary>Three seeds, naive batching for a few steps alone, and none of the batchings that have no bar.</summary>
    public static IEnumerable<Figure> RunShort() => Run(isShort: true);

    private static IEnumerable<Figure> Run(bool isShort)
    {
        torch.set_num_threads(Environment.ProcessorCount); // as a user trains
        LearningWork work = new();
        ulong[] seeds = isShort ? AllSeeds[..3] : AllSeeds;
        LearnedRun[] Runs(Func<ulong, LearnedRun> run) => [.. seeds.Select(run)];

        LearnedRun[] random = Runs(seed => work.StepsFirst(seed, StepComposition.Random));
        LearnedRun naive = work.Naive(seeds[0], isShort ? ShortSteps : null);
        LearnedRun packed = isShort ? work.StepsFirst(seeds[0], StepComposition.Random, ShortSteps) : random[0];
        yield return new Figure($"held-out loss, naive, seed {seeds[0]}, {naive.Steps} steps", naive.HeldOutLoss, "nats");
        yield return new Figure("the same of its steps, packed: distance", Math.Abs(packed.HeldOutLoss - naive.HeldOutLoss), "nats", AtMost: 1e-3);
        yield return Mean("naive's steps, packed", seeds, random);

        LearnedRun[] stratified = Runs(seed => work.StepsFirst(seed, StepComposition.Stratified));
        yield return Mean("stratified steps, packed", seeds, stratified);
        PairedDifference difference = Against(stratified, random);
        yield return Difference(difference);
        if (!isShort)
        {
            yield return new Figure("upper end of that interval", difference.High, "nats", AtMost: 0.01); // three seeds leave it too wide
        }

        yield return new Figure(
            $"seeds of {seeds.Length} with which stratified steps learn better than naive's",
            stratified.Zip(random).Count(pair => pair.First.HeldOutLoss < pair.Second.HeldOutLoss),
            "",
            AtLeast: seeds.Length - 1);

        (string Name, Func<ulong, LearnedRun> Run)[] others =
        [
            ("sorted", work.Sorted),
            ("packs first, sequential", seed => work.PacksFirst(seed, PackingAlgorithm.Sequential)),
            ("packs first, best fit", seed => work.PacksFirst(seed, PackingAlgorithm.BestFitDecreasing)),
        ];
        foreach ((string name, Func<ulong, LearnedRun> run) in isShort ? [] : others)
        {
            LearnedRun[] runs = Runs(run);
            yield return Mean(name, seeds, runs);
            yield return Difference(Against(runs, random));
        }

        torch.set_num_threads(1);
    }

    private static Figure Mean(string name, ulong[] seeds, LearnedRun[] runs)
        => new(
            string.Create(CultureInfo.InvariantCulture, $"held-out loss, {name}, mean of seeds {string.Join(", ", seeds)} ({runs[0].Steps} steps, evenness {runs.Average(run => run.Evenness):P1})"),
            runs.Average(run => run.HeldOutLoss),
            "nats");

    private static Figure Difference(PairedDifference difference)
        => new(string.Create(CultureInfo.InvariantCulture, $"against naive, paired 95 % interval {difference.Low:+0.000;-0.000} to {difference.High:+0.000;-0.000}"), difference.Mean, "nats");

    private static PairedDifference Against(LearnedRun[] runs, LearnedRun[] naive)
        => PairedDifference.Of(runs.Select(run => run.HeldOutLoss), naive.Select(run => run.HeldOutLoss));
}
