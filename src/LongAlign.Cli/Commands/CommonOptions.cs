using System.CommandLine;
using System.CommandLine.Parsing;
using LongAlign.Cli.Recipes;

namespace LongAlign.Cli.Commands;

/// <summary>The options that several commands share.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "Write the result as JSON to the standard output, and nothing else there.",
        Recursive = true,
    };

    public static Option<T> Option<T>(string name, string description, T value) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => value,
    };

    /// <summary>An option of a number that has a least value.</summary>
    public static Option<int> Number(string name, string description, int value, int most = int.MaxValue)
    {
        Option<int> option = Option(name, description, value);
        option.Validators.Add(result => Check(result, name, result.GetValueOrDefault<int>(), most));
        return option;
    }

    /// <summary>An option of a number, at least 1, that may be missing.</summary>
    public static Option<int?> OptionalNumber(string name, string description)
    {
        Option<int?> option = new(name) { Description = description, HelpName = "N" };
        option.Validators.Add(result => Check(result, name, result.GetValueOrDefault<int?>() ?? 1, int.MaxValue));
        return option;
    }

    /// <summary>Inputs, as many as there are; a mistyped option is none of them.</summary>
    public static Argument<string[]> Inputs(string description)
    {
        Argument<string[]> inputs = new("INPUT") { Description = description, Arity = ArgumentArity.OneOrMore };
        inputs.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => token.Value.StartsWith("--", StringComparison.Ordinal)) is { } option)
            {
                result.AddError($"There is no option '{option.Value}'; --help lists those there are.");
            }
        });
        return inputs;
    }

    /// <summary>An option that takes one of some names.</summary>
    public static Option<string> Choice(string name, string description, params string[] names)
    {
        Option<string> option = Option(name, description, names[0]);
        option.AcceptOnlyFromAmong(names);
        return option;
    }

    /// <summary>An option whose value may be missing.</summary>
    public static Option<string?> Text(string name, string description, string helpName) => new(name) { Description = description, HelpName = helpName };

    /// <summary>The values of an enumeration as recipes write them.</summary>
    public static string[] NamesOf<T>()
        where T : struct, Enum
        => [.. Enum.GetNames<T>().Select(RecipeProperty.KeyOf)];

    /// <summary>The value of one of <see cref="NamesOf"/>.</summary>
    public static T Find<T>(string name)
        where T : struct, Enum
        => Enum.GetValues<T>().Single(value => RecipeProperty.KeyOf(value.ToString()) == name);

    private static void Check(OptionResult result, string name, int given, int most)
    {
        if (given < 1 || given > most)
        {
            result.AddError($"{name} is {given}; expected a whole number from 1 to {most}.");
        }
    }
}
