using System.CommandLine;
using System.CommandLine.Parsing;
using LongAlign.Cli.Planning;
using LongAlign.Cli.Recipes;
using LongAlign.Distributed;
using LongAlign.Native;
using LongAlign.Training;

namespace LongAlign.Cli.Commands;

/// <summary>The options of <c>longalign plan</c> that ask whether a model fits, how long it trains and what that costs.</summary>
internal sealed class FootprintOptions
{
    private readonly Option<string?> _model = CommonOptions.Text("--model", $"Say whether this model fits, how long it trains and what that costs: a folder with config.json, or {string.Join(", ", ModelShapes.Names)}.", "MODEL");
    private readonly Option<string> _device = CommonOptions.Choice("--device", "The device to train on; cpu is this machine, measured in some seconds.", [.. ComputeDevice.Known.Select(device => device.Name), "cpu"]);
    private readonly Option<double?> _memory = Number("--memory", "The memory of a device in GB, in place of what it is known to have.", "GB");
    private readonly Option<string> _dtype = CommonOptions.Choice("--dtype", "The type of the weights; with bfloat16 the optimizer has float32 master weights.", CommonOptions.NamesOf<ModelDtype>());
    private readonly Option<int?> _lora = CommonOptions.OptionalNumber("--lora", "The rank of adapters on every linear map; all weights are trained unless set.");
    private readonly Option<bool> _checkpointing = CommonOptions.Option("--checkpointing", "Compute layers again in the backward pass.", false);
    private readonly Option<string> _sharding = CommonOptions.Choice("--sharding", "What devices hold a share of (ZeRO's stages).", CommonOptions.NamesOf<Sharding>());
    private readonly Option<int> _parallelism = CommonOptions.Number("--sequence-parallelism", "Devices that share the tokens of a pack.", 1, 4_096);
    private readonly Option<double?> _tokens = Number("--tokens", "Tokens of the training, of all epochs; with lengths those of --epochs, else a billion, unless set.", "N");
    private readonly Option<int> _epochs = CommonOptions.Number("--epochs", "Epochs of the lengths given.", 2);
    private readonly Option<int?> _longest = CommonOptions.OptionalNumber("--longest", "Tokens of the longest sequence; that of the lengths given, or the capacity, unless set.");
    private readonly Option<double?> _price = Number("--price", "The price of a device and hour.", "PRICE");

    private IEnumerable<Option> All => [_model, _device, _memory, _dtype, _lora, _checkpointing, _sharding, _parallelism, _tokens, _epochs, _longest, _price];

    public void AddTo(Command command)
    {
        foreach (Option option in All)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The model that is asked about; null where none is.</summary>
    public string? ModelOf(ParseResult parsed) => parsed.GetValue(_model);

    /// <summary>An option that was given and says nothing without a model; null where there is none.</summary>
    public string? FindUseless(CommandResult result)
        => IsModelGiven(result) ? null : All.FirstOrDefault(option => result.GetResult(option) is { Implicit: false })?.Name;

    /// <summary>Whether a model is asked about.</summary>
    public bool IsModelGiven(CommandResult result) => result.GetValue(_model) is not null;

    /// <summary>Memory, time and price.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="capacity">The most tokens of a pack.</param>
    /// <param name="ranks">Devices.</param>
    /// <param name="lengths">Tokens of each sequence; empty where there are none.</param>
    public FootprintResult Ask(ParseResult parsed, int capacity, int ranks, int[] lengths)
    {
        string model = parsed.GetValue(_model)!;
        DecoderDimensions dimensions = ModelShapes.Find(model);
        int[] cut = [.. lengths.Select(length => Math.Min(length, capacity))];
        TrainingPrecision precision = CommonOptions.Find<ModelDtype>(parsed.GetValue(_dtype)!) == ModelDtype.Float32 ? TrainingPrecision.Full : TrainingPrecision.Mixed;
        ComputeDevice device = DeviceOf(parsed, precision, dimensions);
        TrainingFootprintOptions options = new()
        {
            Capacity = capacity,
            LongestSequence = parsed.GetValue(_longest) ?? (cut is [] ? null : cut.Max()),
            Precision = precision,
            LoraRank = parsed.GetValue(_lora),
            GradientCheckpointing = parsed.GetValue(_checkpointing),
            Sharding = CommonOptions.Find<Sharding>(parsed.GetValue(_sharding)!),
            SequenceParallelism = parsed.GetValue(_parallelism),
            Ranks = ranks,
            IsGpu = device.IsGpu,
            KeepsFreedMemory = !device.IsGpu && TorchRuntime.FreedMemory == FreedMemory.Kept,
        };
        FootprintAdvice advice = FootprintAdvice.Of(dimensions, options, device.MemoryBytes);
        TrainingFootprintOptions taken = advice.Options ?? options;
        double tokens = cut.Sum(length => (double)length);

        // Squares of a pack that is like all the others.
        double squares = cut is [] ? taken.Capacity * (double)(taken.LongestSequence ?? taken.Capacity) : cut.Sum(length => (double)length * Math.Min(length, taken.Capacity)) / tokens * taken.Capacity;
        return new FootprintResult(
            model, dimensions, options, device, advice, TrainingTime.Of(dimensions, taken, device, squares),
            parsed.GetValue(_tokens) ?? (cut is [] ? null : tokens * parsed.GetValue(_epochs)), parsed.GetValue(_price));
    }

    private ComputeDevice DeviceOf(ParseResult parsed, TrainingPrecision precision, DecoderDimensions dimensions)
    {
        string name = parsed.GetValue(_device)!;
        ComputeDevice device = name == "cpu" ? DeviceCalibration.MeasureCpu(precision: precision, model: dimensions) : ComputeDevice.Find(name);
        return parsed.GetValue(_memory) is { } gigabytes ? device with { MemoryBytes = (long)(gigabytes * 1e9) } : device;
    }

    private static Option<double?> Number(string name, string description, string helpName)
    {
        Option<double?> option = new(name) { Description = description, HelpName = helpName };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is { } value && !(double.IsFinite(value) && value > 0))
            {
                result.AddError($"{name} is {value}; expected more than 0.");
            }
        });
        return option;
    }
}
