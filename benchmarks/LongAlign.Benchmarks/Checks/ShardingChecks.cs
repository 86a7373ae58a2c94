using System.Globalization;
using LongAlign.Distributed;

namespace LongAlign.Benchmarks.Checks;

/// <summary>Memory of a rank and time of a step with each stage of sharding, under <c>mpirun</c> on this machine; needs openmpi-bin and 16 GB.</summary>
internal static class ShardingChecks
{
    public static IEnumerable<Figure> Run()
    {
        Dictionary<(Sharding, int), Rank[]> runs = [];
        foreach (int ranks in new[] { 1, 2, 4 })
        {
            foreach (Sharding stage in ranks == 1 ? [Sharding.None] : Enum.GetValues<Sharding>())
            {
                runs[(stage, ranks)] = Start(ranks, stage, steps: ranks == 2 ? 4 : 2);
                foreach (Figure figure in Memory(stage, ranks, runs))
                {
                    yield return figure;
                }
            }
        }

        double plain = Seconds(runs[(Sharding.None, 2)]);
        foreach (Sharding stage in Enum.GetValues<Sharding>())
        {
            Rank[] run = runs[(stage, 2)];
            yield return new Figure($"step on 2 ranks, {stage}", Seconds(run), "s");
            yield return new Figure($"communication in it, {stage}", run.Average(rank => rank.Communication), "s");
            yield return new Figure($"step on 2 ranks, {stage}, over plain data parallelism", Seconds(run) / plain, "x", AtMost: stage is Sharding.OptimizerState or Sharding.Gradients ? 1.15 : null);
        }
    }

    /// <summary>Plain training holds 16 bytes a parameter on every rank; what sharding saves of them is measured against what its stage must save.</summary>
    private static IEnumerable<Figure> Memory(Sharding stage, int ranks, Dictionary<(Sharding, int), Rank[]> runs)
    {
        Rank[] run = runs[(stage, ranks)];
        string where = $"{stage}, {ranks} ranks";
        yield return new Figure($"peak of a rank in its first step, {where}", run.Max(rank => rank.FirstPeak) / 1e9, "GB");
        yield return new Figure($"peak of a rank in later steps, {where}", run.Max(rank => rank.LaterPeak) / 1e9, "GB");
        if (stage != Sharding.None)
        {
            double saved = runs[(Sharding.None, ranks)].Max(rank => rank.LaterPeak) - run.Max(rank => rank.LaterPeak);
            yield return new Figure($"saved a parameter in later steps, {where}", saved / ShardedSteps.Parameters, "bytes");
        }
    }

    private static double Seconds(Rank[] run) => run.Average(rank => rank.Step);

    private static Rank[] Start(int ranks, Sharding stage, int steps)
        => [.. OwnProcess.Read(OwnProcess.Ranks(ranks, ShardedSteps.Argument, $"{stage}", $"{steps}"), ShardedSteps.Argument, ranks).Select(Rank.Parse)];

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
