using System.Diagnostics;
using System.Text;

namespace LongAlign.Distributed.Mpi.Tests;

/// <summary>A scene of the program Ranks under <c>mpirun</c>, or without it.</summary>
/// <param name="ExitCode">Of <c>mpirun</c>.</param>
/// <param name="Output">What all ranks and <c>mpirun</c> wrote, to both streams.</param>
internal sealed record MpiRun(int ExitCode, string Output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "LongAlign.Distributed.Mpi.Ranks.dll");

    /// <summary>Says why tests with several processes can't run here; null where they can.</summary>
    public static string? Obstacle { get; } = FindObstacle();

    public static MpiRun Start(int ranks, string scene, string folder = ".", params string[] more)
    {
        Assert.SkipWhen(Obstacle is not null, Obstacle ?? "");
        return Run("mpirun", ["-n", $"{ranks}", "--oversubscribe", "--bind-to", "none", "dotnet", Program, scene, folder, .. more]);
    }

    public static MpiRun StartAlone(string scene, string folder = ".")
    {
        Assert.SkipWhen(Obstacle is not null, Obstacle ?? "");
        return Run("dotnet", Program, scene, folder);
    }

    public void ExpectFailure(params ReadOnlySpan<string> texts)
    {
        Assert.True(ExitCode != 0, Output);
        foreach (string text in texts)
        {
            Assert.Contains(text, Output, StringComparison.Ordinal);
        }
    }

    private static MpiRun Run(string command, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };

        // Containers run tests as root, which mpirun would refuse.
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
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
            Assert.Fail($"{command} {string.Join(' ', arguments)} did not end in {Patience.TotalSeconds} s:{Environment.NewLine}{output}");
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

    private static string? FindObstacle()
    {
        try
        {
            _ = OpenMpi.Instance;
        }
        catch (MpiUnavailableException e)
        {
            return e.Message;
        }

        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.Any(folder => File.Exists(Path.Combine(folder, "mpirun"))) ? null : "mpirun is not in the PATH: install openmpi-bin.";
    }
}
