using System.Globalization;
using System.Text;
using LongAlign.Distributed;

namespace LongAlign.Training;

/// <summary>The memory that training takes of one device, part by part, from dimensions and settings alone.</summary>
/// <remarks>
/// It is what tensors take at the fullest moment of a step, and what the allocator holds beside them. Models of float32 that are cast for mixed precision need 4 bytes a weight before the run begins.
/// </remarks>
/// <example>
/// <code>
/// TrainingFootprint footprint = TrainingFootprint.Of(DecoderDimensions.Llama7B, new TrainingFootprintOptions
/// {
///     Precision = TrainingPrecision.Mixed, GradientCheckpointing = true, Ranks = 8, Sharding = Sharding.Parameters,
/// });
/// Console.WriteLine($"{footprint.TotalBytes / 1e9:F1} GB");
/// Console.WriteLine(footprint);    // part by part
/// </code>
/// </example>
public sealed class TrainingFootprint
{
    private const long LeastKept = 32_000_000;

    private TrainingFootprint(IReadOnlyList<FootprintPart> parts)
    {
        Parts = parts;
        TotalBytes = parts.Where(part => part.IsAtPeak).Sum(part => part.Bytes);
    }

    /// <summary>The parts, in the order of their kinds.</summary>
    public IReadOnlyList<FootprintPart> Parts { get; }

    /// <summary>The sum of the parts that are there at the fullest moment.</summary>
    public long TotalBytes { get; }

    /// <summary>Bytes of a part.</summary>
    /// <param name="kind">What for.</param>
    public long this[FootprintPartKind kind] => Parts.Single(part => part.Kind == kind).Bytes;

    /// <summary>Adds up what a run takes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">The run.</param>
    /// <returns>The parts.</returns>
    /// <exception cref="ArgumentException">The ranks can't be split as asked, or the longest sequence is longer than the capacity.</exception>
    public static TrainingFootprint Of(DecoderDimensions model, TrainingFootprintOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        options.Check(model);
        ActivationFootprint activations = new(model, options);
        FootprintPart inFlight = activations.InFlight();
        FootprintPart workspace = activations.AttentionWorkspace();
        FootprintPart loss = activations.Loss();
        StateFootprint ofLayer = new(model, options, isLoss: false);
        StateFootprint ofHead = new(model, options, isLoss: true);
        bool isLossFullest = ofHead.WholeBytes + loss.Bytes > ofLayer.WholeBytes + inFlight.Bytes + workspace.Bytes;
        StateFootprint states = isLossFullest ? ofHead : ofLayer;
        return new TrainingFootprint(
        [
            states.Weights(),
            states.Gradients(),
            states.OptimizerState(),
            activations.Kept(),
            inFlight with { IsAtPeak = !isLossFullest },
            workspace with { IsAtPeak = !isLossFullest },
            loss with { IsAtPeak = isLossFullest },
            Communication(model, options),
            activations.Batches(),
            Freed(options, inFlight.Bytes + workspace.Bytes + loss.Bytes),
            Runtime(options),
        ]);
    }

    /// <summary>A table of the parts, in Markdown.</summary>
    /// <returns>Several lines.</returns>
    public override string ToString()
    {
        int width = Math.Max(9, Parts.Max(part => part.Formula.Length));
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"| part                  |         GB | {"how".PadRight(width)} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| --------------------- | ---------: | {new string('-', width)} |");
        foreach (FootprintPart part in Parts)
        {
            string bytes = string.Create(CultureInfo.InvariantCulture, $"{part.Bytes / 1e9:F2}");
            text.AppendLine(CultureInfo.InvariantCulture, $"| {NameOf(part.Kind),-21} | {(part.IsAtPeak ? bytes : $"({bytes})"),10} | {part.Formula.PadRight(width)} |");
        }

        text.Append(CultureInfo.InvariantCulture, $"| sum                   | {TotalBytes / 1e9,10:F2} | {(Parts.Any(part => !part.IsAtPeak) ? "without what is in brackets: it is there at another moment" : "").PadRight(width)} |");
        return text.ToString();
    }

    /// <summary>The kind in words.</summary>
    internal static string NameOf(FootprintPartKind kind) => kind switch
    {
        FootprintPartKind.OptimizerState => "optimizer state",
        FootprintPartKind.KeptActivations => "activations kept",
        FootprintPartKind.ActivationsInFlight => "activations in flight",
        FootprintPartKind.AttentionWorkspace => "attention's workspace",
        FootprintPartKind.FreedMemory => "freed memory kept",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static FootprintPart Communication(DecoderDimensions model, TrainingFootprintOptions options)
    {
        List<string> formulas = [];
        long bytes = 0;
        if (options.Ranks > 1 && options.EffectiveSharding == Sharding.None)
        {
            bytes += GradientReducer.DefaultBufferBytes;
            formulas.Add($"{GradientReducer.DefaultBufferBytes:N0} B of gradients");
        }
        else if (options.Ranks > 1)
        {
            const long Elements = 1 << 22; // as many as are exchanged at once
            int width = options.IsWide ? 4 : 4 + options.Width; // gradients are float32, weights are not
            bytes += (Elements + (Elements / options.Ranks)) * width;
            formulas.Add(string.Create(CultureInfo.InvariantCulture, $"({Elements:N0} + {Elements / options.Ranks:N0}) x {width} B"));
        }

        if (options.SequenceParallelism > 1)
        {
            long heads = Math.Max(model.QueryWidth, Math.Max(model.KeyValueHeadCount, options.SequenceParallelism) * (long)model.HeadDim);
            bytes += 2 * options.TokensOfRank * heads * options.Width;
            formulas.Add(string.Create(CultureInfo.InvariantCulture, $"2 x {options.TokensOfRank:N0} tokens x {heads:N0} of heads x {options.Width} B"));
        }

        return new FootprintPart(FootprintPartKind.Communication, bytes, formulas is [] ? "one device" : string.Join(" + ", formulas), IsAtPeak: true);
    }

    /// <summary>On the CPU 32 MB and 1.3 times what comes and goes, 0.8 times in bfloat16: a rule by measurement (docs/performance.md). Of a GPU's caching allocator nothing was measured.</summary>
    private static FootprintPart Freed(TrainingFootprintOptions options, long transient)
    {
        if (options.IsGpu)
        {
            return new FootprintPart(FootprintPartKind.FreedMemory, transient / 10, "a tenth of what is in flight, of attention and of the loss, assumed", IsAtPeak: true);
        }

        if (!options.KeepsFreedMemory)
        {
            return new FootprintPart(FootprintPartKind.FreedMemory, 0, "given back", IsAtPeak: true);
        }

        return options.IsWide
            ? new FootprintPart(FootprintPartKind.FreedMemory, LeastKept + (13 * transient / 10), "32 MB and 1.3 x what is in flight, of attention and of the loss", IsAtPeak: true)
            : new FootprintPart(FootprintPartKind.FreedMemory, LeastKept + (8 * transient / 10), "32 MB and 0.8 x what is in flight, of attention and of the loss", IsAtPeak: true);
    }

    private static FootprintPart Runtime(TrainingFootprintOptions options) => new(
        FootprintPartKind.Runtime,
        options.RuntimeBytes ?? (options.IsGpu ? TrainingFootprintOptions.CudaRuntimeBytes : TrainingFootprintOptions.CpuRuntimeBytes),
        options.RuntimeBytes is not null ? "as given" : options.IsGpu ? "CUDA context and libraries, assumed" : "libtorch and .NET",
        IsAtPeak: true);
}
