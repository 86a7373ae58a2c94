using System.CommandLine;
using System.CommandLine.Invocation;
using LongAlign.Cli.Commands;
using LongAlign.Cli.Terminal;

namespace LongAlign.Cli;

/// <summary>The tool: its commands, and the exit code of a command line.</summary>
internal static class Tool
{
    public static RootCommand CreateCommands(ToolConsole console) => new("Long-context alignment of language models: data, packing, training, evaluation.")
    {
        CommonOptions.Json,
        PlanCommand.Create(console),
        TokenizeCommand.Create(console),
        PackCommand.Create(console),
        TrainCommand.Create(console),
        GenerateDataCommand.Create(console),
        EvaluateCommand.Create(console),
        CompareCommand.Create(console),
        ReportCommand.Create(console),
        ChatCommand.Create(console),
        RecipeCommand.Create(console),
        DoctorCommand.Create(console),
    };

    public static async Task<int> RunAsync(string[] args, ToolConsole console, CancellationToken cancellationToken)
    {
        ParseResult parsed = CreateCommands(console).Parse(args);
        bool isUsageError = parsed.Errors.Count > 0;
        if (parsed.Action is ParseErrorAction action)
        {
            action.ShowHelp = false;
        }

        using StringWriter usage = new(); // what is wrong, and what may have been meant
        InvocationConfiguration configuration = new()
        {
            Output = isUsageError ? usage : console.Output,
            Error = isUsageError ? usage : console.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null, // Program handles signals: a checkpoint takes its time
        };
        int code = await parsed.InvokeAsync(configuration, cancellationToken);
        if (!isUsageError)
        {
            return code;
        }

        console.Json = args.Contains("--json");
        console.WriteError("usage", usage.ToString().Trim());
        return ExitCode.Usage;
    }
}
