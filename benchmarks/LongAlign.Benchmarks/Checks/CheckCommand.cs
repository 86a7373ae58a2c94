using TorchSharp;

namespace LongAlign.Benchmarks.Checks;

/// <summary>Measures parts of the library and compares them with what they must reach: ratios within one run rather than seconds of one machine.</summary>
internal static class CheckCommand
{
    private static readonly (string Name, Func<IEnumerable<Figure>> Measure)[] Parts =
    [
        ("packing", PackingChecks.Run),
        ("scale", PackingChecks.RunAtScale),
        ("balancing", () => BalancingChecks.Run().Concat(GlobalBatchChecks.Run()).Concat(EvennessChecks.Run())),
        ("collation", CollationChecks.Run),
        ("mask", MaskChecks.Run),
        ("attention", AttentionChecks.Run),
        ("loss", LossChecks.Run),
        ("optimizer", OptimizerChecks.Run),
        ("training", TrainingChecks.Run),
        ("learning", LearningChecks.Run),
        ("memory", FreedMemoryChecks.Run),
        ("sharding", ShardingChecks.Run),
        ("footprint", PlanChecks.RunFootprint),
        ("plan", PlanChecks.Run),
        ("checkpoint", CheckpointChecks.Run),
        ("adapters", AdapterChecks.Run),
        ("models", ModelChecks.Run),
        ("load", LoadChecks.Run),
        ("generation", GenerationChecks.Run),
        ("store", StoreChecks.Run),
        ("tokenization", TokenizationChecks.Run),
    ];

    private static readonly Dictionary<string, string[]> Groups = new()
    {
        ["all"] = [.. Parts.Select(part => part.Name).Where(name => name is not ("scale" or "load" or "learning" or "sharding" or "footprint" or "plan"))], // which take gigabytes, or many minutes
        ["planning"] = ["packing", "balancing", "collation", "mask"],
        ["training"] = ["training", "memory"],
        ["data"] = ["store", "tokenization"],
    };

    /// <summary>The short forms of the checks that take many minutes.</summary>
    private static readonly Dictionary<string, Func<IEnumerable<Figure>>> ShortForms = new() { ["learning"] = LearningChecks.RunShort, ["footprint"] = PlanChecks.RunShortFootprint, ["plan"] = PlanChecks.RunShort };

    /// <summary>Checks the parts named, with <c>--short</c> in their short forms where they have one; returns 0 where every bar is met, 1 where one is missed, 2 on a wrong name.</summary>
    public static int Run(string[] args)
    {
        bool isShort = args.Contains("--short");
        string[] names = [.. args.Where(name => name != "--short")];
        string[] wanted = [.. (names is [] ? ["all"] : names).SelectMany(name => Groups.GetValueOrDefault(name, [name])).Distinct()];
        if (wanted.Except(Parts.Select(part => part.Name)).FirstOrDefault() is { } unknown)
        {
            Console.Error.WriteLine($"There is no check '{unknown}'; there are {string.Join(", ", Parts.Select(part => part.Name).Concat(Groups.Keys).Distinct())}.");
            return 2;
        }

        // On a busy machine libtorch's threads wait for each other, and a ratio would say more about the machine than about the code.
        torch.set_num_threads(1);
        bool allMet = true;
        foreach (Figure figure in Parts.Where(part => wanted.Contains(part.Name)).SelectMany(Measure))
        {
            Console.WriteLine(figure);
            allMet &= figure.IsMet;
        }

        return allMet ? 0 : 1;

        IEnumerable<Figure> Measure((string Name, Func<IEnumerable<Figure>> Measure) part)
            => isShort && ShortForms.TryGetValue(part.Name, out Func<IEnumerable<Figure>>? measure) ? measure() : part.Measure();
    }
}
