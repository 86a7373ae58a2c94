using System.Diagnostics;
using System.Reflection;

namespace LongAlign.Benchmarks.Checks;

/// <summary>Starts this program once more, in a process of its own or in several.</summary>
internal static class OwnProcess
{
    /// <summary>The program's own executable, or <c>dotnet</c> with its assembly where it was started so.</summary>
    private static string[] Command => Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet"
        ? [Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, $"{Assembly.GetEntryAssembly()!.GetName().Name}.dll")]
        : [Environment.ProcessPath!];

    /// <summary>One process.</summary>
    public static ProcessStartInfo With(params IEnumerable<string> arguments)
        => new(Command[0], [.. Command[1..], .. arguments]) { RedirectStandardOutput = true };

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
