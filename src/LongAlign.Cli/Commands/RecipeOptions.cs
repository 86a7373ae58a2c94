using System.CommandLine;
using LongAlign.Cli.Recipes;

namespace LongAlign.Cli.Commands;

/// <summary>The argument and the option of commands that read a recipe.</summary>
internal sealed class RecipeOptions<T>
    where T : class
{
    private readonly Argument<string> _file = new("RECIPE")
    {
        Description = "The recipe, YAML or JSON; 'longalign recipe' writes one with every option.",
    };

    private readonly Option<string[]> _changes = new("--set")
    {
        Description = "Change an option of the recipe, such as --set optimizer.learning-rate=1e-4; may be given several times. Paths are from the current folder.",
        HelpName = "KEY=VALUE",
    };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_file);
        command.Options.Add(_changes);
    }

    public T Read(ParseResult parsed) => RecipeReader.Read<T>(parsed.GetRequiredValue(_file), parsed.GetValue(_changes) ?? []);
}
