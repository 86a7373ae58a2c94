using System.CommandLine;
using LongAlign.Cli.Reports;
using LongAlign.Cli.Terminal;

namespace LongAlign.Cli.Commands;

/// <summary><c>longalign report</c>: runs as one page, for a browser.</summary>
internal static class ReportCommand
{
    private const string FileName = "report.html";

    public static Command Create(ToolConsole console)
    {
        Argument<string[]> runs = new("RUN") { Description = "The folder of a run of 'longalign train', finished or not; several are drawn side by side.", Arity = ArgumentArity.OneOrMore };
        Option<string?> path = CommonOptions.Text("--out", $"The file; {FileName} in the run's folder, or in the current one for several runs.", "FILE");
        Command command = new("report", "Draw a run, or several side by side, as a page for the browser.") { runs, path };
        command.Run(console, (parsed, _) =>
        {
            string[] folders = parsed.GetRequiredValue(runs);
            LoggedRun[] read = Named([.. folders.Select(LoggedRun.Read)]);
            string file = parsed.GetValue(path) ?? (folders is [var only] && Directory.Exists(only) ? Path.Combine(only, FileName) : FileName);
            File.WriteAllText(file, RunPage.Of(read));
            console.WriteResult(
                new { Runs = read.Select(run => new { run.Name, Steps = run.Steps[^1].Step, run.Steps[^1].TotalSteps, FinalLoss = RunFigures.FinalLoss(run), HeldOutLoss = run.Evaluations.Count > 0 ? run.Evaluations[^1].Loss : (double?)null }), Page = file },
                string.Join('\n', RunFigures.Of(read).Select(row => $"{row[0]}: {string.Join(" | ", row.Skip(1))}")) + $"\nWritten to {file}; open it in a browser.");
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    /// <summary>Runs whose folders have the same name get a number.</summary>
    private static LoggedRun[] Named(LoggedRun[] runs)
        => [.. runs.Select((run, i) => runs.Count(other => other.Name == run.Name) > 1 ? run with { Name = $"{run.Name} ({i + 1})" } : run)];
}
