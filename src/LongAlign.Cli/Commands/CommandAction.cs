using System.CommandLine;
using LongAlign.Cli.Recipes;
using LongAlign.Cli.Terminal;
using LongAlign.Data.Requests;
using LongAlign.Training;

namespace LongAlign.Cli.Commands;

/// <summary>Runs a command, and makes of what it throws a message and an exit code.</summary>
internal static class CommandAction
{
    public static void Run(this Command command, ToolConsole console, Func<ParseResult, CancellationToken, Task<int>> run)
        => command.SetAction(async (parsed, cancellationToken) =>
        {
            console.Json = parsed.GetValue(CommonOptions.Json);
            try
            {
                return await run(parsed, cancellationToken);
            }
            catch (RecipeException e)
            {
                console.WriteError("recipe", e.Message);
                return ExitCode.Usage;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                console.WriteError("cancelled", "Stopped.");
                return ExitCode.Cancelled;
            }
            catch (Exception e) when (IsAbout(e))
            {
                console.WriteError("failed", e.Message);
                return ExitCode.Failed;
            }
        });

    /// <summary>Errors of data, files, options or the machine: their messages say what is wrong, and a stack trace adds nothing.</summary>
    private static bool IsAbout(Exception e) => e is IOException or InvalidDataException or FormatException or UnauthorizedAccessException or ArgumentException
        or InvalidOperationException or NotSupportedException or RequestRunException or TrainingDivergedException;
}
