using System.Diagnostics;
using System.Text;

namespace LongAlign.Testing;

/// <summary>A program under <c>mpirun</c>, or without it.</summary>
/// <param name="ExitCode">Of <c>mpirun</c>.</param>
/// <param name="Output">What all ranks and <c>mpirun</c> wrote, to both streams.</param>
public sealed record MpiRun(int ExitCode, string Output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    /// <summary>Says why tests with several processes can't run here; null where they can.</summary>
    public static string? Obstacle { get; } =
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "mpirun")))
            ? null : "mpirun is not in the PATH: install openmpi-bin.";

    /// <summary>Runs a .NET program in so many processes, to their end.</summary>
    public static MpiRun Start(int ranks, string program, params IEnumerable<string> arguments)
        => Run("mpirun", ["-n", $"{ranks}", "--oversubscribe", "--bind-to", "none", "dotnet", program, .. arguments]);

    /// <summary>Runs a .NET program in one process.</summary>
    public static MpiRun StartAlone(string program, params IEnumerable<string> arguments) => Run("dotnet", [program, .. arguments]);

    private static MpiRun Run(string command, IReadOnlyList<string> arguments)
    {
        ProcessStartInfo start = new(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };

        // Containers run tests as root, which mpirun would refuse.
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        start.Environment["TERM"] = "dumb"; // mpirun gives its programs a terminal, to which .NET would send codes
        StringBuilder output = new();
        using Process process = new() { StartInfo = start };
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{command} {string.Join(' ', arguments)} did not end in {Patience.TotalSeconds} s:{Environment.NewLine}{output}");
        }

        process.WaitForExit(); // for the streams
        return new MpiRun(process.ExitCode, output.ToString());

        void Append(string? line)
        {
            lock (output)
            {
                output.AppendLine(line);
            }
        }
    }
}
