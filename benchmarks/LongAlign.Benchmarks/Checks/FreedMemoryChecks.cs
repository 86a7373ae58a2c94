using System.Diagnostics;
using System.Globalization;
using LongAlign.Native;
using LongAlign.Programs;

namespace LongAlign.Benchmarks.Checks;

/// <summary>The same steps in a process as it was started, in one that restarted itself with glibc's settings, and in one that keeps freed memory by a call, in turns.</summary>
internal static class FreedMemoryChecks
{
    private const int Turns = 2;
    private const double LeastGain = 1.2;
    private const double LeastGainOfCall = 1.05;
    private const double MostMemory = 1.6; // what is kept has holes
    private const string Work = "packs of 32,768 tokens";

    public static IEnumerable<Figure> Run()
    {
        if (TorchRuntime.FreedMemory == Native.FreedMemory.SystemDefault)
        {
            yield break; // not glibc: there are no settings
        }

        List<Measured> plain = [];
        List<Measured> restarted = [];
        List<Measured> called = [];
        for (int turn = 0; turn < Turns; turn++)
        {
            plain.Add(Start(mayRestart: false));
            restarted.Add(Start(mayRestart: true));
            called.Add(Start(mayRestart: false, LongPackSteps.KeepArgument));
        }

        (double speed, double peak) = Best(plain);
        yield return new Figure($"{Work}, as started ({plain[0].FreedMemory})", speed, "tokens/s");
        yield return new Figure($"{Work}, as started, peak memory", peak / 1e9, "GB");
        foreach ((string name, List<Measured> runs, double leastGain) in new[] { ("restarted", restarted, LeastGain), ("KeepFreedMemory", called, LeastGainOfCall) })
        {
            (double keptSpeed, double keptPeak) = Best(runs);
            yield return new Figure($"{Work}, {name} ({runs[0].FreedMemory})", keptSpeed, "tokens/s");
            yield return new Figure($"{Work}, {name}, peak memory", keptPeak / 1e9, "GB");
            yield return new Figure($"{Work}, {name}, tokens/s against as started", keptSpeed / speed, "x", AtLeast: leastGain);
            yield return new Figure($"{Work}, {name}, peak memory against as started", keptPeak / peak, "x", AtMost: MostMemory);
        }
    }

    // What the machine does beside only ever adds.
    private static (double TokensPerSecond, double PeakBytes) Best(List<Measured> runs) => (runs.Max(run => run.TokensPerSecond), runs.Min(run => run.PeakBytes));

    private static Measured Start(bool mayRestart, params string[] arguments)
    {
        // `dotnet X.dll` needs the assembly's path; an apphost knows it.
        string program = Environment.ProcessPath!;
        string[] assembly = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(FreedMemoryChecks).Assembly.Location] : [];
        ProcessStartInfo start = new(program, [.. assembly, LongPackSteps.Argument, .. arguments]) { RedirectStandardOutput = true };
        start.Environment.Remove(GlibcTunables.Variable); // this process has it
        start.Environment[GlibcTunables.OptOut] = mayRestart ? "1" : "0";
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 && output.Trim().Split(' ') is [var tokensPerSecond, var peakBytes, var freedMemory]
            ? new Measured(double.Parse(tokensPerSecond, CultureInfo.InvariantCulture), double.Parse(peakBytes, CultureInfo.InvariantCulture), freedMemory)
            : throw new InvalidOperationException($"{LongPackSteps.Argument} ended with {process.ExitCode} and wrote '{output}'; expected 0 and three words.");
    }

    private sealed record Measured(double TokensPerSecond, double PeakBytes, string FreedMemory);
}
