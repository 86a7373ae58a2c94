using System.Globalization;
using LongAlign.Distributed;
using LongAlign.Training;
using LongContextStep;
using TorchSharp;

namespace LongAlign.Benchmarks.Checks;

/// <summary>Compares predicted with measured memory and time of steps of samples/LongContextStep; each runs in its own process.</summary>
internal static class PlanChecks
{
    private const double MostOffInMemory = 10;
    private const double MostOffInTime = 25;

    private static readonly Dictionary<bool, ComputeDevice> Seen = [];

    private static readonly string[] Settings = ["", " --no-checkpointing", " --lora", " --mixed-precision"];

    private static readonly (int Ranks, Sharding Sharding, string Settings)[] Shared =
    [
        (2, Sharding.OptimizerState, ""), (2, Sharding.Gradients, ""), (2, Sharding.Parameters, ""), (2, Sharding.Parameters, " --lora"), (2, Sharding.Parameters, " --mixed-precision"),
        (4, Sharding.OptimizerState, ""), (4, Sharding.Parameters, ""),
    ];

    /// <summary>Memory and time of steps of 4,096 to 65,536 tokens.</summary>
    public static IEnumerable<Figure> Run() => RunShort().Concat(Measure("--tokens 65536 --steps 2", keepsFreedMemory: true));

    /// <summary>Without those of 65,536 tokens, which take minutes.</summary>
    public static IEnumerable<Figure> RunShort()
        => from tokens in new[] { 4_096, 16_384 }
           from settings in Settings
           from figure in Measure($"--tokens {tokens} --steps 3{settings}", keepsFreedMemory: true)
           select figure;

    /// <summary>Memory alone, where freed tensors are given back at once: it does not swing, and needs no quiet machine. Needs openmpi-bin.</summary>
    public static IEnumerable<Figure> RunFootprint()
        => RunShortFootprint()
            .Concat(Settings.SelectMany(settings => Measure($"--tokens 16384 --steps 2{settings}", keepsFreedMemory: false)))
            .Concat(Measure("--tokens 65536 --steps 2", keepsFreedMemory: false));

    /// <summary>Of 4,096 tokens, in one process and on ranks that share.</summary>
    public static IEnumerable<Figure> RunShortFootprint()
        => from run in Settings.Select(settings => (Ranks: 1, Sharding: Sharding.None, Settings: settings)).Concat(Shared)
           from figure in Measure($"--tokens 4096 --steps 3{run.Settings}", keepsFreedMemory: false, run.Ranks, run.Sharding)
           select figure;

    private static IEnumerable<Figure> Measure(string arguments, bool keepsFreedMemory, int ranks = 1, Sharding sharding = Sharding.None)
    {
        bool isMixed = arguments.Contains("mixed", StringComparison.Ordinal);
        ComputeDevice? device = keepsFreedMemory ? Calibrate(isMixed) : null;
        PlannedStep step = PlannedStep.Measure(arguments, keepsFreedMemory, ranks, sharding);
        int tokens = step.Lengths.Sum();
        TrainingFootprintOptions options = new()
        {
            Capacity = tokens,
            LongestSequence = step.Lengths.Max(),
            TargetShare = (double)step.Targets / tokens,
            Precision = isMixed ? TrainingPrecision.Mixed : TrainingPrecision.Full,
            LoraRank = arguments.Contains("lora", StringComparison.Ordinal) ? StepRun.LoraRank : null,
            GradientCheckpointing = !arguments.Contains("no-checkpointing", StringComparison.Ordinal),
            KeepsFreedMemory = keepsFreedMemory,
            Ranks = ranks,
            Sharding = sharding,
        };
        DecoderDimensions model = StepModel.Config(tokens).Dimensions;
        TrainingFootprint footprint = TrainingFootprint.Of(model, options);
        string name = $"step {arguments}{(ranks == 1 ? "" : $", {sharding} on {ranks} ranks")}{(keepsFreedMemory ? "" : ", tensors given back at once")}";
        yield return Off(name, "GB", footprint.TotalBytes / 1e9, step.PeakBytes / 1e9, keepsFreedMemory ? null : MostOffInMemory); // kept pieces fall into the heap as they will: runs of the same settings differ
        yield return new Figure($"{name}: resident before there is a model", step.RuntimeBytes / 1e9, "GB");
        if (device is not null)
        {
            device = Calibrate(isMixed);
            TrainingTime time = TrainingTime.Of(model, options, device, step.Lengths.Sum(length => (double)length * length));
            yield return Off($"{name} ({device.LinearFlopsPerSecond / 1e9:F0}, {device.AttentionFlopsPerSecond / 1e9:F0} GFLOP/s, {device.ElementBytesPerSecond / 1e9:F1} GB/s)", "s", time.Seconds, step.Seconds, MostOffInTime);
        }
    }

    /// <summary>The best rates seen so far: on a machine that others use, too, they halve for minutes.</summary>
    private static ComputeDevice Calibrate(bool isMixed)
    {
        torch.set_num_threads(Environment.ProcessorCount); // as the process of the step has them
        ComputeDevice now = DeviceCalibration.MeasureCpu(precision: isMixed ? TrainingPrecision.Mixed : TrainingPrecision.Full, model: StepModel.Config(4_096).Dimensions);
        torch.set_num_threads(1);
        ComputeDevice best = Seen.GetValueOrDefault(isMixed, now);
        return Seen[isMixed] = now with
        {
            LinearFlopsPerSecond = Math.Max(now.LinearFlopsPerSecond, best.LinearFlopsPerSecond),
            AttentionFlopsPerSecond = Math.Max(now.AttentionFlopsPerSecond!.Value, best.AttentionFlopsPerSecond!.Value),
            ElementBytesPerSecond = Math.Max(now.ElementBytesPerSecond!.Value, best.ElementBytesPerSecond!.Value),
        };
    }

    private static Figure Off(string name, string unit, double predicted, double measured, double? atMost) => new(
        string.Create(CultureInfo.InvariantCulture, $"{name}: predicted {predicted:F2} {unit}, measured {measured:F2} {unit}, off by"),
        100 * Math.Abs((predicted / measured) - 1),
        "%",
        AtMost: atMost);
}
