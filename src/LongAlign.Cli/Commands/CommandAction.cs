using System.CommandLine;
using System.Text.RegularExpressions;
using LongAlign.Cli.Recipes;
using LongAlign.Cli.Terminal;
using LongAlign.Requests;
using LongAlign.Training;

namespace LongAlign.Cli.Commands;

/// <summary>Runs a command, and makes of what it throws a message and an exit code.</summary>
internal static partial class CommandAction
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
                console.WriteError("failed", MessageOf(e));
                return ExitCode.Failed;
            }
        });

    /// <summary>The message without what only a programmer can use, and with what the system does not say: that a path is a folder.</summary>
    private static string MessageOf(Exception e) => e switch
    {
        ArgumentException { ParamName: { Length: > 0 } name } => e.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal),
        UnauthorizedAccessException when QuotedPath().Match(e.Message) is { Success: true } path && Directory.Exists(path.Groups[1].Value) => $"{path.Groups[1].Value} is a folder; expected a file.",
        _ => e.Message,
    };

    [GeneratedRegex("'(.+)'")]
    private static partial Regex QuotedPath();

    /// <summary>Errors of data, files, options or the machine: their messages say what is wrong, and a stack trace adds nothing.</summary>
    private static bool IsAbout(Exception e) => e is IOException or InvalidDataException or FormatException or UnauthorizedAccessException or ArgumentException
        or InvalidOperationException or NotSupportedException or RequestRunException or TrainingDivergedException;
}
