using System.Globalization;

namespace LongContextStep;

/// <summary>The command line.</summary>
internal sealed record StepOptions
{
    private const string Usage = "Usage: long-context-step [--tokens N] [--no-checkpointing] [--lora] [--mixed-precision] [--steps N] [--row] | --growth";

    /// <summary>Gets the tokens of the pack; one sequence has more than half of them.</summary>
    public int Tokens { get; private init; } = 65_536;

    /// <summary>Gets whether layers are computed again in the backward pass.</summary>
    public bool Checkpointing { get; private init; } = true;

    /// <summary>Gets whether adapters are trained and the model is frozen.</summary>
    public bool Lora { get; private init; }

    /// <summary>Gets whether weights are bfloat16 beside float32 masters.</summary>
    public bool MixedPrecision { get; private init; }

    /// <summary>Gets the number of steps on the one pack; memory is fullest from the second on, when there are gradients to add to.</summary>
    public int Steps { get; private init; } = 1;

    /// <summary>Gets whether steps of 4,096 to 65,536 tokens are compared, each in a separate process.</summary>
    public bool Growth { get; private init; }

    /// <summary>Gets whether a row of that comparison is all that is printed.</summary>
    public bool Row { get; private init; }

    /// <summary>Reads the command line; ends the program with a sentence where it can't.</summary>
    public static StepOptions Parse(string[] args)
    {
        StepOptions options = new();
        for (int i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--tokens" when i + 1 < args.Length && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out int tokens) && tokens is >= 2_048 and <= 131_072:
                    options = options with { Tokens = tokens };
                    i++;
                    break;
                case "--steps" when i + 1 < args.Length && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out int steps) && steps >= 1:
                    options = options with { Steps = steps };
                    i++;
                    break;
                case "--no-checkpointing":
                    options = options with { Checkpointing = false };
                    break;
                case "--lora":
                    options = options with { Lora = true };
                    break;
                case "--mixed-precision":
                    options = options with { MixedPrecision = true };
                    break;
                case "--growth":
                    options = options with { Growth = true };
                    break;
                case "--row":
                    options = options with { Row = true };
                    break;
                default:
                    Console.Error.WriteLine($"Unknown or incomplete option '{args[i]}' (tokens: 2,048 to 131,072). {Usage}");
                    Environment.Exit(2);
                    break;
            }
        }

        return options;
    }
}
