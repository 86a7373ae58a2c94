using System.Diagnostics;
using System.Globalization;
using LongAlign.Benchmarks.Checks;
using LongAlign.Models;
using LongAlign.Native;
using LongAlign.Sequences;
using LongAlign.Training;
using LongContextStep;

namespace LongAlign.Benchmarks;

/// <summary>A process that makes the steps of samples/LongContextStep, and what it says of them: a process remembers its largest memory.</summary>
/// <param name="Seconds">Of the fastest step.</param>
/// <param name="PeakBytes">The most that was resident.</param>
/// <param name="RuntimeBytes">What was resident before there was a model.</param>
/// <param name="Lengths">Tokens of each sequence of the pack.</param>
/// <param name="Targets">Tokens that are predicted.</param>
internal sealed record PlannedStep(double Seconds, long PeakBytes, long RuntimeBytes, int[] Lengths, long Targets)
{
    /// <summary>What starts it, as the first argument.</summary>
    public const string Argument = "planned-step";

    /// <summary>Makes the steps of the sample's options, and writes what came of them.</summary>
    public static void Run(string[] arguments)
    {
        TorchRuntime.EnsureAvailable();
        StepOptions options = StepOptions.Parse(arguments);
        ISequenceDataset pack = LongPack.Load(Path.Combine(AppContext.BaseDirectory, "data"), options.Tokens);
        long runtime = Process.GetCurrentProcess().WorkingSet64;
        using CausalLanguageModel model = CausalLanguageModel.Create(StepModel.Config(options.Tokens), seed: 42);
        StepTimes times = StepRun.TrainAsync(model, pack, options).GetAwaiter().GetResult().Times;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{times.FastestSeconds} {times.PeakMemoryBytes} {runtime} {string.Join(',', pack.Lengths.ToArray())} {StepWork.Of(pack).Targets}"));
    }

    /// <summary>Starts the process and reads what it writes.</summary>
    /// <param name="arguments">The sample's options.</param>
    /// <param name="keepsFreedMemory">Whether it keeps freed memory, as the sample does, or gives tensors back at once.</param>
    public static PlannedStep Measure(string arguments, bool keepsFreedMemory)
    {
        ProcessStartInfo start = OwnProcess.With([Argument, .. arguments.Split(' ')]);
        if (!keepsFreedMemory)
        {
            start.Environment["LONGALIGN_RESTART"] = "0";
            start.Environment["GLIBC_TUNABLES"] = "glibc.malloc.mmap_threshold=1048576";
        }

        using Process process = Process.Start(start)!;
        string[] words = process.StandardOutput.ReadToEnd().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        return words.Length == 5
            ? new PlannedStep(
                double.Parse(words[0], CultureInfo.InvariantCulture),
                long.Parse(words[1], CultureInfo.InvariantCulture),
                long.Parse(words[2], CultureInfo.InvariantCulture),
                [.. words[3].Split(',').Select(length => int.Parse(length, CultureInfo.InvariantCulture))],
                long.Parse(words[4], CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"The steps of '{arguments}' failed with exit code {process.ExitCode}.");
    }
}
