using System.Diagnostics;
using System.Reflection;

namespace LongAlign.Benchmarks.Checks;

/// <summary>Starts this program once more, in one separate process or in several.</summary>
internal static class OwnProcess
{
    /// <summary>The program's own executable, or <c>dotnet</c> with its assembly where it was started so.</summary>
    private static string[] Command => Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet"
        ? [Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, $"{Assembly.GetEntryAssembly()!.GetName().Name}.dll")]
        : [Environment.ProcessPath!];

    /// <summary>One process.</summary>
    public static ProcessStartInfo With(params IEnumerable<string> arguments)
        => new(Command[0], [.. Command[1..], .. arguments]) { RedirectStandardOutput = true };

    /// <summary>Runs what writes lines of numbers, each behind a mark.</summary>
    /// <param name="start">The process, or <c>mpirun</c>.</param>
    /// <param name="mark">The text before the numbers.</param>
    /// <param name="lines">The expected number of lines.</param>
    /// <returns>The words after the mark, line by line.</returns>
    public static string[][] Read(ProcessStartInfo start, string mark, int lines)
    {
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        string[][] found =
        [
            .. from line in output.Split('\n', StringSplitOptions.TrimEntries)
               let at = line.IndexOf(mark, StringComparison.Ordinal)
               where at >= 0
               select line[(at + mark.Length)..].Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ];
        return process.ExitCode == 0 && found.Length == lines
            ? found
            : throw new InvalidOperationException($"'{mark}' ended with exit code {process.ExitCode} and wrote '{output}'; expected 0 and {lines} lines.");
    }

    /// <summary>Lets the process give freed tensors back at once, in place of keeping their memory as our programs do: its peak is then that of tensors.</summary>
    public static ProcessStartInfo GivingBack(ProcessStartInfo start)
    {
        start.Environment["LONGALIGN_RESTART"] = "0";
        start.Environment["GLIBC_TUNABLES"] = "glibc.malloc.mmap_threshold=1048576";
        return start;
    }

    /// <summary>Several processes, under <c>mpirun</c>.</summary>
    public static ProcessStartInfo Ranks(int ranks, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new("mpirun", ["-n", $"{ranks}", "--oversubscribe", "--bind-to", "none", .. Command, .. arguments]) { RedirectStandardOutput = true };

        // Containers run as root, which mpirun would refuse.
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        start.Environment["TERM"] = "dumb"; // mpirun gives its programs a terminal, to which .NET would send codes
        return start;
    }
}
