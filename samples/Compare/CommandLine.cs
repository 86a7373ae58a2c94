namespace Compare;

/// <summary>The command line.</summary>
internal sealed record CommandLine
{
    private const string Usage = "Usage: compare [--base MODEL_FOLDER --tuned MODEL_FOLDER] [--out FOLDER]";

    /// <summary>Gets the folder of the base model; null for a tiny Llama with random weights.</summary>
    public string? Base { get; private init; }

    /// <summary>Gets the folder of the tuned model; null for the tiny Llama after the quickstart's training.</summary>
    public string? Tuned { get; private init; }

    /// <summary>Gets where results go.</summary>
    public string OutputFolder { get; private init; } = Path.Combine("artifacts", "compare");

    /// <summary>Reads the command line; ends the program with a sentence where it can't.</summary>
    public static CommandLine Parse(string[] args)
    {
        CommandLine options = new();
        for (int i = 0; i < args.Length; i++)
        {
            string? value = i + 1 < args.Length ? args[i + 1] : null;
            CommandLine? next = args[i] switch
            {
                "--base" when value is not null => options with { Base = value },
                "--tuned" when value is not null => options with { Tuned = value },
                "--out" when value is not null => options with { OutputFolder = value },
                _ => null,
            };
            options = next ?? Fail($"Unknown or incomplete option '{args[i]}'.");
            i++;
        }

        return options.Base is null == options.Tuned is null ? options : Fail("--base and --tuned go together.");
    }

    private static CommandLine Fail(string message)
    {
        Console.Error.WriteLine($"{message} {Usage}");
        Environment.Exit(2);
        throw new InvalidOperationException();
    }
}
