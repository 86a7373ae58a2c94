using System.Diagnostics;
using System.Globalization;
using LongAlign.Native;
using LongAlign.Programs;

namespace LongAlign.Benchmarks.Checks;

/// <summary>The same steps in a process as it was started, and in one that started itself anew with glibc's settings, in turns.</summary>
internal static class FreedMemoryChecks
{
    private const int Turns = 2;
    private const double LeastGain = 1.2;
    private const string Work = "packs of 32,768 tokens";

    public static IEnumerable<Figure> Run()
    {
        if (TorchRuntime.FreedMemory == Native.FreedMemory.SystemDefault)
        {
            yield break; // not glibc: there are no settings
        }

        List<Measured> plain = [];
        List<Measured> tuned = [];
        for (int turn = 0; turn < Turns; turn++)
        {
            plain.Add(Start(mayRestart: false));
            tuned.Add(Start(mayRestart: true));
        }

        // The best of the turns: what the machine does beside only ever adds.
        (double plainSpeed, double tunedSpeed) = (plain.Max(run => run.TokensPerSecond), tuned.Max(run => run.TokensPerSecond));
        (double plainPeak, double tunedPeak) = (plain.Min(run => run.PeakBytes), tuned.Min(run => run.PeakBytes));
        yield return new Figure($"{Work}, as started ({plain[0].FreedMemory})", plainSpeed, "tokens/s");
        yield return new Figure($"{Work}, as started, peak memory", plainPeak / 1e9, "GB");
        yield return new Figure($"{Work}, started anew ({tuned[0].FreedMemory})", tunedSpeed, "tokens/s");
        yield return new Figure($"{Work}, started anew, peak memory", tunedPeak / 1e9, "GB");
        yield return new Figure($"{Work}, started anew, tokens/s against as started", tunedSpeed / plainSpeed, "x", AtLeast: LeastGain);
        yield return new Figure($"{Work}, started anew, peak memory against as started", tunedPeak / plainPeak, "x", AtMost: 1);
    }

    private static Measured Start(bool mayRestart)
    {
        // `dotnet X.dll` needs the assembly's path; an apphost knows it.
        string program = Environment.ProcessPath!;
        string[] assembly = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(FreedMemoryChecks).Assembly.Location] : [];
        ProcessStartInfo start = new(program, [.. assembly, LongPackSteps.Argument]) { RedirectStandardOutput = true };
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
