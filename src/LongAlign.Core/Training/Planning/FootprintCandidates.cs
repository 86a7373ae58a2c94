using System.Globalization;
using LongAlign.Distributed;

namespace LongAlign.Training;

/// <summary>Settings to try where a run does not fit, those that cost least first.</summary>
internal static class FootprintCandidates
{
    private const int AdviceRank = 16;
    private const int LeastCapacity = 1_024;

    /// <summary>All that take less than what was asked for, by what they cost together.</summary>
    public static IEnumerable<TrainingFootprintOptions> Of(DecoderDimensions model, TrainingFootprintOptions options)
    {
        IEnumerable<(TrainingFootprintOptions Options, int Cost)> all =
            from precision in options.IsWide ? new[] { (options.Precision, 0), (TrainingPrecision.Mixed, 1) } : [(options.Precision, 0)]
            from sharding in Stages(options)
            from checkpointing in options.GradientCheckpointing ? new[] { (true, 0) } : [(false, 0), (true, 4)]
            from parallelism in Parallelisms(model, options)
            from lora in options.LoraRank is { } rank ? new[] { ((int?)rank, 0) } : [(null, 0), (AdviceRank, 40)]
            from capacity in Capacities(options)
            select (
                options with
                {
                    Precision = precision.Item1,
                    Sharding = sharding.Stage,
                    GradientCheckpointing = checkpointing.Item1,
                    SequenceParallelism = parallelism.Size,
                    LoraRank = lora.Item1,
                    Capacity = capacity.Tokens,
                    LongestSequence = options.LongestSequence is { } longest ? Math.Min(longest, capacity.Tokens) : null,
                },
                precision.Item2 + sharding.Cost + checkpointing.Item2 + parallelism.Cost + lora.Item2 + capacity.Cost);
        return all.OrderBy(candidate => candidate.Cost).Select(candidate => candidate.Options).Skip(1); // the first is what was asked for
    }

    /// <summary>Lists the differences, in words.</summary>
    public static IEnumerable<string> Name(TrainingFootprintOptions asked, TrainingFootprintOptions changed)
    {
        if (changed.Precision != asked.Precision)
        {
            yield return "mixed precision";
        }

        if (changed.Sharding != asked.Sharding)
        {
            yield return changed.Sharding switch
            {
                Sharding.OptimizerState => "sharding of the optimizer's state",
                Sharding.Gradients => "sharding of gradients",
                _ => "sharding of parameters",
            };
        }

        if (changed.GradientCheckpointing != asked.GradientCheckpointing)
        {
            yield return "gradient checkpointing";
        }

        if (changed.SequenceParallelism != asked.SequenceParallelism)
        {
            yield return $"a sequence parallelism of {changed.SequenceParallelism}";
        }

        if (changed.LoraRank != asked.LoraRank)
        {
            yield return $"LoRA (rank {changed.LoraRank})";
        }

        if (changed.Capacity != asked.Capacity)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"a capacity of {changed.Capacity:N0}");
        }
    }

    /// <summary>Stages 1 and 2 exchange as much as plain data parallelism, stage 3 half as much again.</summary>
    private static IEnumerable<(Sharding Stage, int Cost)> Stages(TrainingFootprintOptions options)
        => from stage in options.Ranks > 1 ? Enum.GetValues<Sharding>() : [options.Sharding]
           where stage >= options.Sharding
           select (stage, stage == options.Sharding ? 0 : stage == Sharding.Parameters ? 6 : (int)stage);

    private static IEnumerable<(int Size, int Cost)> Parallelisms(DecoderDimensions model, TrainingFootprintOptions options)
    {
        int cost = 0;
        for (int size = options.SequenceParallelism; size <= options.Ranks; size *= 2)
        {
            if (options.Ranks % size == 0 && model.HeadCount % size == 0)
            {
                yield return (size, cost);
            }

            cost += 8;
        }
    }

    private static IEnumerable<(int Tokens, int Cost)> Capacities(TrainingFootprintOptions options)
    {
        yield return (options.Capacity, 0);
        int cost = 50;
        for (int tokens = options.Capacity / 2; tokens >= LeastCapacity; tokens /= 2)
        {
            yield return (tokens, cost);
            cost += 10;
        }
    }
}
