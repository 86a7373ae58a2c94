using System.Globalization;
using LongAlign.Data.SelfInstruct;
using LongAlign.Requests;

namespace SelfInstruct;

/// <summary>The command line.</summary>
internal sealed record SampleOptions
{
    public const string Usage = """
        Usage: self-instruct [options]

          --endpoint URL        base URL of an OpenAI-compatible endpoint; without it, a scripted server on this machine
          --model NAME          the model (scripted)
          --key-variable NAME   the environment variable with the API key (OPENAI_API_KEY)
          --documents PATH      .txt, .md, .jsonl or .parquet, or a folder of these; without it, the texts of samples/data
          --text-column NAME    the field or column with the text (text)
          --tokenizer DIR       the folder of the tokenizer that counts tokens (samples/data/tiny-llama)
          --min-tokens N        the fewest tokens of a document (8000; 1000 for samples/data)
          --max-tokens N        the most (64000)
          --count N             documents to draw, longer ones more often (all)
          --max-output N        the most tokens of a reply (2048)
          --temperature X       (the provider's own)
          --closed-book X       drop a row when this share of its answer comes without the document too: one more call a row (off)
          --concurrency N       the most calls at once (32)
          --price-in X          price of a million tokens sent
          --price-out X         price of a million tokens received
          --budget X            the most to spend
          --seed N              (42)
          --dry-run             only estimate what it would cost
          --out DIR             folder of journal and rows (artifacts/self-instruct)
        """;

    public Uri? Endpoint { get; private init; }

    public string Model { get; private init; } = "scripted";

    public string KeyVariable { get; private init; } = "OPENAI_API_KEY";

    public string? Documents { get; private init; }

    public string TextColumn { get; private init; } = "text";

    public string? Tokenizer { get; private init; }

    public int? MinTokens { get; private init; }

    public int MaxTokens { get; private init; } = 64_000;

    public int? Count { get; private init; }

    public int MaxOutput { get; private init; } = 2_048;

    public double? Temperature { get; private init; }

    public double? ClosedBook { get; private init; }

    public int Concurrency { get; private init; } = 32;

    public double? PriceIn { get; private init; }

    public double? PriceOut { get; private init; }

    public double? Budget { get; private init; }

    public int Seed { get; private init; } = 42;

    public bool DryRun { get; private init; }

    public string OutputFolder { get; private init; } = Path.Combine("artifacts", "self-instruct");

    /// <summary>Reads the command line.</summary>
    /// <exception cref="FormatException">An option is unknown, incomplete or out of range; the message says which.</exception>
    public static SampleOptions Parse(string[] args)
    {
        SampleOptions options = new();
        for (int i = 0; i < args.Length; i++)
        {
            string name = args[i];
            string Value() => ++i < args.Length ? args[i] : throw new FormatException($"{name}: a value is missing.");
            options = name switch
            {
                "--endpoint" => options with { Endpoint = Address(name, Value()) },
                "--model" => options with { Model = Value() },
                "--key-variable" => options with { KeyVariable = Value() },
                "--documents" => options with { Documents = Value() },
                "--text-column" => options with { TextColumn = Value() },
                "--tokenizer" => options with { Tokenizer = Value() },
                "--min-tokens" => options with { MinTokens = WholeNumber(name, Value()) },
                "--max-tokens" => options with { MaxTokens = WholeNumber(name, Value()) },
                "--count" => options with { Count = WholeNumber(name, Value()) },
                "--max-output" => options with { MaxOutput = WholeNumber(name, Value()) },
                "--temperature" => options with { Temperature = Number(name, Value()) },
                "--closed-book" => options with { ClosedBook = Number(name, Value()) },
                "--concurrency" => options with { Concurrency = WholeNumber(name, Value()) },
                "--price-in" => options with { PriceIn = Number(name, Value()) },
                "--price-out" => options with { PriceOut = Number(name, Value()) },
                "--budget" => options with { Budget = Number(name, Value()) },
                "--seed" => options with { Seed = WholeNumber(name, Value()) },
                "--dry-run" => options with { DryRun = true },
                "--out" => options with { OutputFolder = Value() },
                _ => throw new FormatException($"There is no option '{name}'."),
            };
        }

        return (options.PriceIn is null) == (options.PriceOut is null)
            ? options
            : throw new FormatException("--price-in and --price-out: one of them was given; expected both or neither.");
    }

    public LongInstructionOptions ToGeneratorOptions(Func<string, int> countTokens, string key) => new()
    {
        Answers = new SamplingOptions { Model = Model, MaxOutputTokens = MaxOutput, Temperature = (float?)Temperature },
        CountTokens = countTokens,
        Seed = Seed,
        MinTokens = MinTokens ?? (Documents is null ? 1_000 : 8_000),
        MaxTokens = MaxTokens,
        MaxDocuments = Count,
        ClosedBookShare = ClosedBook,
        Requests = new RequestRunnerOptions
        {
            MaxConcurrency = Concurrency,
            Prices = PriceIn is { } input && PriceOut is { } output
                ? new Dictionary<string, TokenPrice> { [Model] = new((decimal)input, (decimal)output) }
                : new Dictionary<string, TokenPrice>(),
            Budget = (decimal?)Budget,
            Secrets = [key],
        },
    };

    private static Uri Address(string name, string text)
        => Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"
            ? address!
            : throw new FormatException($"{name}: '{text}' was given; expected an address such as http://localhost:8000/v1.");

    private static int WholeNumber(string name, string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw new FormatException($"{name}: '{text}' was given; expected a whole number.");

    private static double Number(string name, string text)
        => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw new FormatException($"{name}: '{text}' was given; expected a number, 0 or more.");
}
