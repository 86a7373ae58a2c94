using System.Diagnostics;
using System.Globalization;
using LongAlign.Benchmarks.Checks;

namespace GpuCheck;

/// <summary>Collectives, sharding and shared packs of two processes on one device, under <c>mpirun</c>; where there is none it says so.</summary>
internal static class RanksCheck
{
    public static IEnumerable<Figure> Run(CheckSizes sizes)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "mpirun"))))
        {
            yield return new Figure("2 processes: mpirun is not in the PATH (Debian: openmpi-bin), runs made", 0, "");
            yield break;
        }

        ProcessStartInfo start = new(
            "mpirun", ["-n", "2", "--oversubscribe", "--bind-to", "none", .. Program(), RankProcess.Argument, .. sizes.IsGpu ? (string[])[] : ["--cpu"]])
        { RedirectStandardOutput = true };

        // Containers run as root, which mpirun would refuse.
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        start.Environment["TERM"] = "dumb"; // mpirun gives its programs a terminal, to which .NET would send codes
        using Process process = Process.Start(start)!;
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

    /// <summary><c>dotnet X.dll</c> needs the assembly's path; a program of its own knows it.</summary>
    private static string[] Program()
    {
        string program = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, Path.Combine(AppContext.BaseDirectory, "GpuCheck.dll")] : [program];
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
