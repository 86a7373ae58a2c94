using System.Diagnostics;
using System.Globalization;
using LongAlign.Distributed;

namespace LongAlign.Benchmarks.Checks;

/// <summary>Memory of a rank and time of a step with each stage of sharding, under <c>mpirun</c> on this machine; needs openmpi-bin and 16 GB.</summary>
internal static class ShardingChecks
{
    /// <summary>Of the bytes a parameter that a stage saves at most, the share that it must save.</summary>
    private const double LeastSaved = 0.93;

    private static readonly int[] WorldSizes = [2, 4];

    public static IEnumerable<Figure> Run() => RunMemory().Concat(RunTime());

    /// <summary>Plain training holds 16 bytes a parameter on every rank: weights, gradients and two moments, float32. Freed tensors are given back, so that peaks are those of tensors.</summary>
    private static IEnumerable<Figure> RunMemory()
    {
        yield return new Figure("peak of one process", Peak(1, Sharding.None) / 1e9, "GB");
        foreach (int ranks in WorldSizes)
        {
            double plain = Peak(ranks, Sharding.None);
            yield return new Figure($"peak of a rank, None, {ranks} ranks", plain / 1e9, "GB");
            foreach (Sharding stage in Enum.GetValues<Sharding>().Except([Sharding.None]))
            {
                double peak = Peak(ranks, stage);
                double most = (stage switch { Sharding.OptimizerState => 8, Sharding.Gradients => 12, _ => 16 }) * (1 - (1.0 / ranks));
                yield return new Figure($"peak of a rank, {stage}, {ranks} ranks", peak / 1e9, "GB");
                yield return new Figure($"saved a parameter, {stage}, {ranks} ranks (of {most})", (plain - peak) / ShardedSteps.Parameters, "bytes", AtLeast: LeastSaved * most);
            }
        }
    }

    /// <summary>On 2 ranks, with freed memory kept, as our programs do; the faster of two runs, in turns.</summary>
    private static IEnumerable<Figure> RunTime()
    {
        ILookup<Sharding, Rank[]> runs = Enum.GetValues<Sharding>().Concat(Enum.GetValues<Sharding>())
            .ToLookup(stage => stage, stage => Read(OwnProcess.Ranks(2, ShardedSteps.Argument, $"{stage}", "4"), 2));
        double plain = 0;
        foreach (IGrouping<Sharding, Rank[]> stage in runs)
        {
            Rank[] run = stage.MinBy(ranks => ranks.Average(rank => rank.Step))!;
            double seconds = run.Average(rank => rank.Step);
            plain = stage.Key == Sharding.None ? seconds : plain;
            yield return new Figure($"step on 2 ranks, {stage.Key}", seconds, "s");
            yield return new Figure($"communication in it, {stage.Key}", run.Average(rank => rank.Communication), "s");
            yield return new Figure($"step on 2 ranks, {stage.Key}, over plain data parallelism", seconds / plain, "x", AtMost: stage.Key is Sharding.OptimizerState or Sharding.Gradients ? 1.15 : null);
        }
    }

    /// <summary>The most bytes of a rank in the step after the first.</summary>
    private static double Peak(int ranks, Sharding stage)
        => Read(OwnProcess.GivingBack(OwnProcess.Ranks(ranks, ShardedSteps.Argument, $"{stage}", "2")), ranks).Max(rank => rank.LaterPeak);

    private static Rank[] Read(ProcessStartInfo start, int ranks) => [.. OwnProcess.Read(start, ShardedSteps.Argument, ranks).Select(Rank.Parse)];

    private sealed record Rank(double FirstPeak, double LaterPeak, double Step, double Communication)
    {
        /// <summary>Of the words after its number.</summary>
        public static Rank Parse(string[] words)
        {
            double[] numbers = [.. words[1..].Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
            return new Rank(numbers[0], numbers[1], numbers[2], numbers[3]);
        }
    }
}
