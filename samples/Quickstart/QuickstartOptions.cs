namespace Quickstart;

/// <summary>The command line.</summary>
internal sealed record QuickstartOptions
{
    private const string Usage = "Usage: quickstart [--short | --full] [--out FOLDER]";

    /// <summary>Gets the distance of the shipped conversations that are used: 1 takes every one, 4 every fourth.</summary>
    public int KeepOneOf { get; private init; } = 4;

    /// <summary>Gets the number of epochs.</summary>
    public int Epochs { get; private init; } = 2;

    /// <summary>Gets where results go.</summary>
    public string OutputFolder { get; private init; } = Path.Combine("artifacts", "quickstart");

    /// <summary>Reads the command line; ends the program with a sentence where it can't.</summary>
    public static QuickstartOptions Parse(string[] args)
    {
        QuickstartOptions options = new();
        for (int i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--short":
                    options = options with { KeepOneOf = 10, Epochs = 1 };
                    break;
                case "--full":
                    options = options with { KeepOneOf = 1, Epochs = 4 };
                    break;
                case "--out" when i + 1 < args.Length:
                    options = options with { OutputFolder = args[++i] };
                    break;
                default:
                    Console.Error.WriteLine($"Unknown or incomplete option '{args[i]}'. {Usage}");
                    Environment.Exit(2);
                    break;
            }
        }

        return options;
    }
}
