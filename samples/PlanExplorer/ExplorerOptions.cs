using System.Globalization;
using LongAlign.Batching;
using LongAlign.Packing;

namespace PlanExplorer;

/// <summary>The command line.</summary>
internal sealed record ExplorerOptions
{
    public const string Usage = """
        Usage: plan-explorer [FILE...] [options]

        FILE                lengths, one to a line; int32 numbers, little endian (.bin); or chat messages (.jsonl).
                            Without one, the conversations of samples/data.
          --tokenizer DIR   the tokenizer's folder, for chat messages
          --capacity N      the most tokens in a pack; longer sequences are cut (65536; 8192 for samples/data)
          --ranks N         devices (8)
          --rows N          rows of a padded micro-batch (as many as an average pack has sequences)
          --batch N         sequences of a step over all ranks, the global batch size (as many as have on average the tokens of its packs)
          --accumulation N  packs of a step on each rank, in place of --batch (1)
          --model NAME      chatglm3-6b, llama-2-7b or llama-2-13b (llama-2-7b)
          --dimensions ...  another model: hidden,intermediate,layers,heads,key-value heads,vocabulary
          --sync WHEN       ranks wait at each 'micro-batch' (sharded weights: ZeRO-3, FSDP) or each 'step' (step)
          --tflops X        speed of a device, in 10^12 FLOP/s (150)
          --overhead X      fixed seconds of a micro-batch (0)
          --seed N          seed of the order (42)
          --out DIR         folder of the pictures (artifacts/plan-explorer)
          --concepts        instead: pictures of what batching, loss weighting and attention do, of samples/data
        """;

    public IReadOnlyList<string> Files { get; private init; } = [];

    public string? Tokenizer { get; private init; }

    /// <summary>Gets the capacity; the sample's conversations are short enough for smaller packs.</summary>
    public int Capacity
    {
        get => field > 0 ? field : Files.Count > 0 ? 65_536 : 8_192;
        private init;
    }

    public int Ranks { get; private init; } = 8;

    public int? Rows { get; private init; }

    public int? GlobalBatchSize { get; private init; }

    public int? Accumulation { get; private init; }

    public AttentionCostModel Model { get; private init; } = AttentionCostModel.Llama7B64k;

    public string ModelName { get; private init; } = "llama-2-7b";

    public RankSynchronization Synchronization { get; private init; } = RankSynchronization.EachStep;

    public double Tflops { get; private init; } = 150;

    public double Overhead { get; private init; }

    public ulong Seed { get; private init; } = 42;

    public bool Concepts { get; private init; }

    public string OutputFolder { get; private init; } = Path.Combine("artifacts", "plan-explorer");

    /// <summary>Seconds of a micro-batch on one device.</summary>
    public AttentionCostModel Cost => new()
    {
        PerMicroBatch = Overhead,
        PerToken = Model.PerToken / (Tflops * 1e12),
        PerSquaredToken = Model.PerSquaredToken / (Tflops * 1e12),
    };

    /// <summary>The options that batchings are played with.</summary>
    public PlayedBatchingOptions Played => new()
    {
        Capacity = Capacity,
        WorldSize = Ranks,
        GlobalBatchSize = GlobalBatchSize,
        AccumulationSteps = Accumulation,
        BatchSize = Rows,
        Synchronization = Synchronization,
        Cost = Cost,
        Seed = Seed,
    };

    /// <summary>Reads the command line.</summary>
    /// <exception cref="FormatException">An option is unknown, incomplete or out of range; the message says which.</exception>
    public static ExplorerOptions Parse(string[] args)
    {
        ExplorerOptions options = new();
        for (int i = 0; i < args.Length; i++)
        {
            string name = args[i];
            string Value() => ++i < args.Length ? args[i] : throw new FormatException($"{name}: a value is missing.");
            options = name switch
            {
                "--tokenizer" => options with { Tokenizer = Value() },
                "--capacity" => options with { Capacity = WholeNumber(name, Value(), most: PackingAlgorithm.MaxCapacity) },
                "--ranks" => options with { Ranks = WholeNumber(name, Value(), most: 4_096) },
                "--batch" => options with { GlobalBatchSize = WholeNumber(name, Value()) },
                "--rows" => options with { Rows = WholeNumber(name, Value()) },
                "--accumulation" => options with { Accumulation = WholeNumber(name, Value()) },
                "--model" => options.WithModel(Value()),
                "--dimensions" => options.WithDimensions(Value()),
                "--sync" => options with { Synchronization = ParseSynchronization(Value()) },
                "--tflops" => options with { Tflops = Number(name, Value(), moreThan: 0) },
                "--overhead" => options with { Overhead = Number(name, Value(), moreThan: -double.Epsilon) },
                "--seed" => options with { Seed = (ulong)WholeNumber(name, Value(), least: 0) },
                "--concepts" => options with { Concepts = true },
                "--out" => options with { OutputFolder = Value() },
                _ when name.StartsWith('-') => throw new FormatException($"There is no option '{name}'."),
                _ => options with { Files = [.. options.Files, name] },
            };
        }

        return options;
    }

    private static int WholeNumber(string name, string text, int least = 1, int most = int.MaxValue)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most
            ? value
            : throw new FormatException($"{name}: '{text}' was given; expected a whole number from {least} to {most}.");

    private static double Number(string name, string text, double moreThan)
        => double.TryParse(text, CultureInfo.InvariantCulture, out double value) && value > moreThan && double.IsFinite(value)
            ? value
            : throw new FormatException($"{name}: '{text}' was given; expected a number{(moreThan == 0 ? " greater than 0" : ", 0 or more")}.");

    private static RankSynchronization ParseSynchronization(string text) => text switch
    {
        "micro-batch" => RankSynchronization.EachMicroBatch,
        "step" => RankSynchronization.EachStep,
        _ => throw new FormatException($"--sync: '{text}' was given; expected 'micro-batch' or 'step'."),
    };

    private ExplorerOptions WithModel(string name) => this with
    {
        ModelName = name,
        Model = name switch
        {
            "chatglm3-6b" => AttentionCostModel.ChatGlm6B64k,
            "llama-2-7b" => AttentionCostModel.Llama7B64k,
            "llama-2-13b" => AttentionCostModel.Llama13B64k,
            _ => throw new FormatException($"--model: there is no '{name}'; expected chatglm3-6b, llama-2-7b or llama-2-13b, or --dimensions."),
        },
    };

    private ExplorerOptions WithDimensions(string text)
    {
        string[] parts = text.Split(',');
        if (parts.Length != 6)
        {
            throw new FormatException($"--dimensions: '{text}' has {parts.Length} numbers; expected 6: hidden,intermediate,layers,heads,key-value heads,vocabulary.");
        }

        int[] d = Array.ConvertAll(parts, part => WholeNumber("--dimensions", part));
        if (d[0] % d[3] != 0)
        {
            throw new FormatException($"--dimensions: {d[3]} heads don't divide a hidden size of {d[0]}.");
        }

        return this with { ModelName = $"a model of {text}", Model = AttentionCostModel.FromModel(d[0], d[1], d[2], d[3], d[4], d[5]) };
    }
}
