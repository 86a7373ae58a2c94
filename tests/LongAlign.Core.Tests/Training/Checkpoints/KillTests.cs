using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using LongAlign.TrainingHost;

namespace LongAlign.Core.Tests.Training.Checkpoints;

[Trait("Speed", "Slow")]
public sealed class KillTests
{
    private const int Steps = 320;
    private const int Kills = 20;

    [Fact]
    public void A_run_that_is_killed_twenty_times_ends_with_the_weights_of_one_that_was_not()
    {
        using TemporaryFolder folder = new();
        List<string> undisturbed = Run([$"{Steps}"], _ => false);
        Dictionary<string, string> expected = StepLines(undisturbed);
        Assert.Equal(Steps, expected.Count);

        Random random = new(1);
        int whileWriting = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            // Half of them fall while a checkpoint is written, or thereabouts; the others at any time after some step.
            string sign = kill % 2 == 0 ? "Saving" : "step";
            int which = random.Next(1, kill % 2 == 0 ? 3 : 9);
            int delay = random.Next(0, kill % 2 == 0 ? 6_000 : 12_000); // microseconds
            List<string> lines = Run(Resumed(folder), line => line.StartsWith(sign, StringComparison.Ordinal) && --which == 0, delay);
            Assert.DoesNotContain(lines, line => line.StartsWith("done", StringComparison.Ordinal));
            AssertSameSteps(expected, lines);
            whileWriting += Directory.GetDirectories(folder, "*.new").Length;
        }

        List<string> last = Run(Resumed(folder), _ => false);
        AssertSameSteps(expected, last);
        Assert.Equal(undisturbed[^1], last[^1]);
        Assert.StartsWith("done", last[^1], StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine($"{whileWriting} of {Kills} kills fell while a checkpoint was written.");
        Assert.NotEqual(0, whileWriting);
        Assert.Equal([$"checkpoint-{Steps - 4:D8}", $"checkpoint-{Steps:D8}"], Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).Order());
    }

    private static string[] Resumed(string folder) => [$"{Steps}", folder, "4", "2"];

    private static Dictionary<string, string> StepLines(IEnumerable<string> lines)
        => lines.Where(line => line.StartsWith("step", StringComparison.Ordinal)).ToDictionary(line => line.Split(' ')[1]);

    /// <summary>Loss and batches of every step are those of the undisturbed run, whoever took the step.</summary>
    private static void AssertSameSteps(Dictionary<string, string> expected, List<string> lines)
    {
        Dictionary<string, string> actual = StepLines(lines);
        Assert.NotEmpty(actual);
        Assert.All(actual, step => Assert.Equal(expected[step.Key], step.Value));
    }

    /// <summary>Whole lines of a child process, which is killed some time after the line that says when.</summary>
    private static List<string> Run(string[] arguments, Func<string, bool> isTime, int delayMicroseconds = 0)
    {
        string dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));
        string tests = Path.Combine(AppContext.BaseDirectory, typeof(KillTests).Assembly.GetName().Name!);
        using Process process = new()
        {
            StartInfo = new ProcessStartInfo(dotnet, ["exec", "--depsfile", $"{tests}.deps.json", "--runtimeconfig", $"{tests}.runtimeconfig.json", typeof(TinyRun).Assembly.Location, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        System.Text.StringBuilder errors = new();
        process.ErrorDataReceived += (_, e) => errors.AppendLine(e.Data);
        process.Start();
        process.BeginErrorReadLine();
        List<string> lines = [];
        bool killed = false;
        while (!killed && process.StandardOutput.ReadLine() is { } line)
        {
            lines.Add(line);
            if (isTime(line))
            {
                Stopwatch watch = Stopwatch.StartNew();
                while (watch.Elapsed.TotalMicroseconds < delayMicroseconds)
                {
                    Thread.Yield();
                }

                process.Kill(); // SIGKILL on Unix
                killed = true;
                string[] rest = process.StandardOutput.ReadToEnd().Split(Environment.NewLine);
                lines.AddRange(rest[..^1]); // the last line may be cut off
            }
        }

        process.WaitForExit();
        Assert.True(killed || process.ExitCode == 0, string.Create(CultureInfo.InvariantCulture, $"The process ended with {process.ExitCode}: {errors}"));
        return lines;
    }
}
