using System.Globalization;
using System.Text;
using LongAlign.Distributed;
using LongAlign.Training;

namespace LongAlign.Cli.Planning;

/// <summary>The memory, time and cost of a run, as <c>longalign plan --model</c> writes them.</summary>
internal sealed class FootprintResult(string model, DecoderDimensions dimensions, TrainingFootprintOptions options, ComputeDevice device, FootprintAdvice advice, TrainingTime time, double? tokens, double? price)
{
    private const double Billion = 1e9;

    public string Model => model;

    public long Parameters => dimensions.ParameterCount;

    public string Device => device.Name;

    public int Ranks => options.Ranks;

    public int Capacity => options.Capacity;

    public bool Fits => advice.Fits;

    public long Bytes => advice.Asked.TotalBytes;

    public long DeviceBytes => advice.MemoryBytes;

    public IReadOnlyList<FootprintPart> Parts => advice.Asked.Parts;

    /// <summary>The changes that make it fit; empty where it fits or nothing helps.</summary>
    public IReadOnlyList<string> Changes => advice.Changes;

    /// <summary>The bytes that it takes then; null where nothing helps.</summary>
    public long? ChangedBytes => advice.Advised?.TotalBytes;

    /// <summary>The parts of what fits, where it is not what was asked for.</summary>
    public IReadOnlyList<FootprintPart>? ChangedParts => advice.Fits ? null : advice.Advised?.Parts;

    public double TokensPerSecond => time.TokensPerSecond;

    /// <summary>Of all epochs; null where neither lengths nor --tokens say it: hours and price are then those of a billion.</summary>
    public double? Tokens => tokens;

    public double Hours => time.GetHours(tokens ?? Billion);

    /// <summary>Of all devices; null where no price was given.</summary>
    public double? Price => price * options.Ranks * Hours;

    public override string ToString()
    {
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"{model}, {Parameters / Billion:F2} B parameters, {Describe(options)}").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Memory of each of {Ranks:N0} x {device}:").AppendLine();
        text.AppendLine(advice.Asked.ToString()).AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"It {advice}.");
        if (ChangedParts is not null)
        {
            text.AppendLine().AppendLine(advice.Advised!.ToString());
        }

        text.AppendLine();
        string of = tokens is { } all ? string.Create(CultureInfo.InvariantCulture, $"{all:N0} tokens") : "a billion tokens";
        string cost = Price is { } sum ? string.Create(CultureInfo.InvariantCulture, $", at {price:0.##} a device and hour {sum:N0}") : "";
        text.AppendLine(CultureInfo.InvariantCulture, $"Time{(advice is { Fits: false, Options: not null } ? ", so changed" : "")}: {time}");
        text.Append(CultureInfo.InvariantCulture, $"{of}: {Hours:N1} hours{cost}. Communication, waiting and padding are not counted.");
        return text.ToString();
    }

    private static string Describe(TrainingFootprintOptions options)
    {
        string[] parts =
        [
            string.Create(CultureInfo.InvariantCulture, $"packs of {options.Capacity:N0} tokens"),
            options.Precision switch { TrainingPrecision.Full => "float32", TrainingPrecision.Mixed => "mixed precision", _ => "bfloat16" },
            options.LoraRank is { } rank ? $"LoRA of rank {rank}" : "all weights trained",
            options.GradientCheckpointing ? "gradient checkpointing" : "no gradient checkpointing",
            options.Sharding switch { Sharding.None => "no sharding", Sharding.OptimizerState => "sharded optimizer state", Sharding.Gradients => "sharded gradients", _ => "sharded parameters" },
            options.SequenceParallelism == 1 ? "packs not shared" : $"packs shared by {options.SequenceParallelism} devices",
        ];
        return string.Join(", ", parts);
    }
}
