using System.Globalization;
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

    /// <summary>Steps of 4,096 to 65,536 tokens.</summary>
    public static IEnumerable<Figure> Run() => RunShort().Concat(Measure("--tokens 65536 --steps 2", keepsFreedMemory: true));

    /// <summary>Without those of 65,536 tokens, which take minutes.</summary>
    public static IEnumerable<Figure> RunShort()
        => Settings.SelectMany(settings => Measure($"--tokens 4096 --steps 3{settings}", keepsFreedMemory: false)).Concat(
            from tokens in new[] { 4_096, 16_384 }
            from settings in Settings
            from figure in Measure($"--tokens {tokens} --steps 3{settings}", keepsFreedMemory: true)
            select figure);

    private static IEnumerable<Figure> Measure(string arguments, bool keepsFreedMemory)
    {
        bool isMixed = arguments.Contains("mixed", StringComparison.Ordinal);
        Calibrate(isMixed);
        PlannedStep step = PlannedStep.Measure(arguments, keepsFreedMemory);
        ComputeDevice device = Calibrate(isMixed);
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
        };
        DecoderDimensions model = StepModel.Config(tokens).Dimensions;
        TrainingFootprint footprint = TrainingFootprint.Of(model, options);
        string name = $"step {arguments}{(keepsFreedMemory ? "" : ", tensors given back at once")}";
        yield return Off(name, "GB", footprint.TotalBytes / 1e9, step.PeakBytes / 1e9, MostOffInMemory);
        yield return new Figure($"{name}: resident before there is a model", step.RuntimeBytes / 1e9, "GB");
        if (keepsFreedMemory)
        {
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

    private static Figure Off(string name, string unit, double predicted, double measured, double atMost) => new(
        string.Create(CultureInfo.InvariantCulture, $"{name}: predicted {predicted:F2} {unit}, measured {measured:F2} {unit}, off by"),
        100 * Math.Abs((predicted / measured) - 1),
        "%",
        AtMost: atMost);
}
