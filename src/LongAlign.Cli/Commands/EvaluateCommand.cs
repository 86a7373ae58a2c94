using System.CommandLine;
using LongAlign.Cli.Evaluations;
using LongAlign.Cli.Recipes;
using LongAlign.Cli.Terminal;

namespace LongAlign.Cli.Commands;

/// <summary><c>longalign evaluate</c>: the needle test and LongBench-Chat.</summary>
internal static class EvaluateCommand
{
    public static Command Create(ToolConsole console)
    {
        RecipeOptions<EvaluateRecipe> options = new();
        Command command = new("evaluate", "Evaluate a model of a folder or behind an endpoint. Stopped at any time, the same command goes on.");
        options.AddTo(command);
        command.Run(console, (parsed, cancellation) => RunAsync(options.Read(parsed), console, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(EvaluateRecipe recipe, ToolConsole console, CancellationToken cancellation)
    {
        if (recipe is { Needle: null, LongBenchChat: null })
        {
            throw new RecipeException("The recipe has neither needle nor long-bench-chat; expected at least one of them.");
        }

        using ModelUnderTest model = ModelUnderTest.Open(recipe);
        Directory.CreateDirectory(recipe.Out);
        NeedleOutcome? needle = recipe.Needle is { } needles ? await NeedleRun.RunAsync(needles, model, recipe, console, cancellation) : null;
        ChatOutcome? chat = recipe.LongBenchChat is { } cases ? await ChatRun.RunAsync(cases, model, recipe, console, cancellation) : null;
        console.WriteResult(new { Model = model.Name, Needle = needle, LongBenchChat = chat, recipe.Out }, $"{needle?.Text}{chat?.Text}Written to {recipe.Out}");
        return ExitCode.Done;
    }
}
