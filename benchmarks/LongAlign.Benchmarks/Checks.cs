using System.Globalization;
using LongAlign.Packing;
using TorchSharp;

namespace LongAlign.Benchmarks;

/// <summary>Measures each part once and compares it with what it must reach: ratios within one run rather than seconds of one machine.</summary>
internal static class Checks
{
    private static readonly Dictionary<string, Func<IEnumerable<Bar>>> Parts = new()
    {
        ["packing"] = Packing,
        ["mask"] = Mask,
        ["attention"] = Attention,
        ["loss"] = Loss,
    };

    /// <summary>Checks the parts named, or all; returns 0 where every bar is met, 1 where one is missed, 2 on a wrong name.</summary>
    public static int Run(string[] names)
    {
        string[] parts = names is [] or ["all"] ? [.. Parts.Keys] : names;
        if (parts.FirstOrDefault(name => !Parts.ContainsKey(name)) is { } unknown)
        {
            Console.Error.WriteLine($"There is no check '{unknown}'; there are {string.Join(", ", Parts.Keys)} and all.");
            return 2;
        }

        // On a busy machine libtorch's threads wait for each other, and a ratio would say more about the machine than about the code.
        torch.set_num_threads(1);
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        Console.WriteLine("| part | measured | result | required | |");
        Console.WriteLine("| --- | --- | --- | --- | --- |");
        bool allMet = true;
        foreach (Bar bar in parts.SelectMany(name => Parts[name]()))
        {
            Console.WriteLine($"| {bar.Part} | {bar.What} | {bar.Measured} | {bar.Required} | {(bar.IsMet ? "ok" : "MISSED")} |");
            allMet &= bar.IsMet;
        }

        return allMet ? 0 : 1;
    }

    private static IEnumerable<Bar> Packing()
    {
        PackingBenchmarks packing = new();
        packing.SetUp();
        PackingPlan plan = packing.BestFitDecreasing();
        double perSecond = packing.Sequences / Stopwatches.Best(() => packing.BestFitDecreasing());
        yield return new Bar(
            "packing", $"best fit, {packing.Sequences:N0} sequences", $"{perSecond / 1e6:F1} M sequences/s", ">= 5 M", perSecond >= 5e6);
        yield return new Bar(
            "packing", "best fit, packs above the lower bound", $"{plan.Count - plan.LowerBound} of {plan.Count:N0}", "<= 1", plan.Count <= plan.LowerBound + 1);
    }

    private static IEnumerable<Bar> Mask()
    {
        MaskBenchmarks mask = new();
        (double fill, double written) = Stopwatches.Best(mask.Fill, mask.Bool);
        double gigabytes = mask.Bytes / 1e9;
        yield return new Bar(
            "mask",
            $"bool, causal, {mask.Bytes / (1 << 20)} MiB, against a fill ({gigabytes / fill:F1} GB/s)",
            $"{written / fill:F2} x the time ({gigabytes / written:F1} GB/s)",
            "<= 3",
            written <= 3 * fill);
    }

    private static IEnumerable<Bar> Attention()
    {
        AttentionBenchmarks attention = new();
        attention.SetUp();
        (double dense, double ours) = Stopwatches.Best(attention.DenseMask, attention.BlockDiagonal);
        yield return Faster("attention", "block-diagonal against a dense mask, 4,096 tokens in 12 sequences, forward and backward", dense, ours);
    }

    private static IEnumerable<Bar> Loss()
    {
        LossBenchmarks loss = new();
        loss.SetUp();
        (double all, double targets) = Stopwatches.Best(() => loss.AllLogits(), () => loss.TargetsOnly());
        yield return Faster("loss", "targets only (1 in 10) against all logits, forward and backward", all, targets);
    }

    private static Bar Faster(string part, string what, double baseline, double ours) => new(
        part,
        what,
        $"{baseline / ours:F1} x faster ({baseline * 1e3:F0} ms, {ours * 1e3:F0} ms)",
        ">= 3",
        baseline >= 3 * ours);
}
