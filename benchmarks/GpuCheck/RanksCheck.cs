using System.Diagnostics;
using System.Globalization;
using LongAlign.Benchmarks.Checks;

namespace GpuCheck;

/// <summary>Collectives, sharding and shared packs of two processes on one device, under <c>mpirun</c>; without it, one figure says so.</summary>
internal static class RanksCheck
{
    public static IEnumerable<Figure> Run(CheckSizes sizes)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "mpirun"))))
        {
            yield return new Figure("2 processes: mpirun is not in the PATH (Debian: openmpi-bin), runs made", 0, "");
            yield break;
        }

        using Process process = Process.Start(OwnProcess.Ranks(2, [RankProcess.Argument, .. sizes.IsGpu ? (string[])[] : ["--cpu"]]))!;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith(RankProcess.Mark, StringComparison.Ordinal) && line.Split('|') is [_, var name, var value, var unit, var most])
            {
                yield return new Figure(name, Number(value), unit, AtMost: Number(most));
            }
        }

        process.WaitForExit();
        yield return new Figure("2 processes: exit code of mpirun", process.ExitCode, "", AtMost: 0);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
