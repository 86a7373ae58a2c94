using System.Diagnostics;
using System.Globalization;
using LongAlign.Benchmarks.Checks;
using LongAlign.Distributed;
using LongAlign.Distributed.Mpi;
using LongAlign.Models;
using LongAlign.Native;
using LongAlign.Sequences;
using LongAlign.Training;
using LongContextStep;
using TorchSharp;

namespace LongAlign.Benchmarks;

/// <summary>A process that makes the steps of samples/LongContextStep, and what it says of them: a process remembers its largest memory.</summary>
/// <param name="Seconds">Of the fastest step.</param>
/// <param name="PeakBytes">The most that was resident.</param>
/// <param name="RuntimeBytes">What was resident before there was a model.</param>
/// <param name="Lengths">Tokens of each sequence of the pack.</param>
/// <param name="Targets">Tokens that are predicted.</param>
internal sealed record PlannedStep(double Seconds, long PeakBytes, long RuntimeBytes, int[] Lengths, long Targets)
{
    /// <summary>The first argument that starts it.</summary>
    public const string Argument = "planned-step";

    /// <summary>Makes the steps of the sample's options, and every rank writes what came of them.</summary>
    /// <param name="arguments">The stage of sharding, then the sample's options.</param>
    public static void Run(string[] arguments)
    {
        TorchRuntime.EnsureAvailable();
        using MpiProcessGroup? ranks = MpiProcessGroup.IsLaunched ? MpiProcessGroup.Initialize() : null;
        IProcessGroup group = (IProcessGroup?)ranks ?? SingleProcessGroup.Instance;
        torch.set_num_threads(Math.Max(1, Environment.ProcessorCount / (ranks?.LocalSize ?? 1)));
        StepOptions options = StepOptions.Parse(arguments[1..]);
        ISequenceDataset pack = LongPack.Load(Path.Combine(AppContext.BaseDirectory, "data"), options.Tokens);
        long runtime = Process.GetCurrentProcess().WorkingSet64;
        using CausalLanguageModel model = CausalLanguageModel.Create(StepModel.Config(options.Tokens), seed: 42);
        StepTimes times = StepRun.TrainAsync(
            model,
            new ConcatDataset(Enumerable.Repeat(pack, group.WorldSize)), // each rank gets one of each sequence
            options,
            builder => builder.UseProcessGroup(group).UseSharding(Enum.Parse<Sharding>(arguments[0]))).GetAwaiter().GetResult().Times;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{Argument} {times.FastestSeconds} {PeakMemory.OfProcess} {runtime} {string.Join(',', pack.Lengths.ToArray())} {StepWork.Of(pack).Targets}"));
    }

    /// <summary>Starts one process, or several, and reads what they write.</summary>
    /// <param name="arguments">The sample's options.</param>
    /// <param name="keepsFreedMemory">Whether it keeps freed memory, as the sample does, or gives tensors back at once.</param>
    /// <param name="ranks">The number of processes. Each trains on its own pack.</param>
    /// <param name="sharding">What they share.</param>
    /// <returns>Of the rank that took the most memory.</returns>
    public static PlannedStep Measure(string arguments, bool keepsFreedMemory, int ranks, Sharding sharding)
    {
        string[] own = [Argument, $"{sharding}", .. arguments.Split(' ')];
        ProcessStartInfo start = ranks == 1 ? OwnProcess.With(own) : OwnProcess.Ranks(ranks, own);
        return OwnProcess.Read(keepsFreedMemory ? start : OwnProcess.GivingBack(start), Argument, ranks).Select(Parse).MaxBy(step => step.PeakBytes)!;
    }

    private static PlannedStep Parse(string[] words) => new(
        double.Parse(words[0], CultureInfo.InvariantCulture),
        long.Parse(words[1], CultureInfo.InvariantCulture),
        long.Parse(words[2], CultureInfo.InvariantCulture),
        [.. words[3].Split(',').Select(length => int.Parse(length, CultureInfo.InvariantCulture))],
        long.Parse(words[4], CultureInfo.InvariantCulture));
}
