using System.Globalization;

namespace LongAlign.Training;

/// <summary>The time that training takes, from FLOPs and the rate of a device. Communication and waiting between ranks are not counted. Immutable.</summary>
/// <example>
/// <code>
/// TrainingTime time = TrainingTime.Of(
///     DecoderDimensions.Llama7B,
///     new TrainingFootprintOptions { GradientCheckpointing = true, Ranks = 8 },
///     ComputeDevice.Find("a800-80gb"));
/// Console.WriteLine($"{time.GetHours(1_000_000_000):F1} hours for a billion tokens");
/// </code>
/// </example>
public sealed record TrainingTime
{
    /// <summary>Gets the FLOPs of linear maps of a micro-batch at the capacity, over all ranks that share it.</summary>
    public required double LinearFlops { get; init; }

    /// <summary>Gets the FLOPs of attention of a micro-batch at the capacity, over all ranks that share it.</summary>
    public required double AttentionFlops { get; init; }

    /// <summary>Gets the seconds of a micro-batch at the capacity.</summary>
    public required double Seconds { get; init; }

    /// <summary>Gets the tokens a second of all devices together.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Computes the time of a micro-batch at the capacity, with sequences as long as the options say.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">The run. As many sequences of <see cref="TrainingFootprintOptions.LongestSequence"/> as the capacity holds.</param>
    /// <param name="device">The device.</param>
    /// <returns>The time.</returns>
    public static TrainingTime Of(DecoderDimensions model, TrainingFootprintOptions options, ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(options);
        double longest = options.LongestSequence ?? options.Capacity;
        return Of(model, options, device, options.Capacity * longest);
    }

    /// <summary>The same of sequences of other lengths.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">The run.</param>
    /// <param name="device">The device.</param>
    /// <param name="squaredTokens">The sum of the squares of the lengths of a micro-batch's sequences.</param>
    /// <returns>The time.</returns>
    /// <exception cref="ArgumentException">The ranks can't be split as asked, or the longest sequence is longer than the capacity.</exception>
    public static TrainingTime Of(DecoderDimensions model, TrainingFootprintOptions options, ComputeDevice device, double squaredTokens)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(device);
        options.Check(model);
        double tokens = options.Capacity;
        double forwards = options.GradientCheckpointing ? 2 : 1;
        double gradients = options.LoraRank is null ? 2 : 1; // frozen weights have none; adapters' own arithmetic is a percent
        double linear = (forwards + gradients) * 2 * model.LayerCount * model.LayerWeightsOfToken * tokens;
        linear += (1 + gradients) * 2 * model.VocabularySize * (double)model.HiddenSize * tokens * options.TargetShare; // of targets alone
        double attention = (forwards + 2.5) * 2 * model.LayerCount * model.QueryWidth * squaredTokens; // causal; backward has five products where forward has two
        double elements = device.ElementBytesPerSecond is { } bytes ? (forwards + 2) * ElementBytes(model, options) * tokens / bytes : 0;
        double seconds = ((linear / device.LinearFlopsPerSecond) + (attention / (device.AttentionFlopsPerSecond ?? device.LinearFlopsPerSecond)) + elements) / options.SequenceParallelism;
        return new TrainingTime
        {
            LinearFlops = linear,
            AttentionFlops = attention,
            Seconds = seconds,
            TokensPerSecond = tokens / seconds * options.Ranks / options.SequenceParallelism,
        };
    }

    /// <summary>Hours for a number of tokens, on all devices.</summary>
    /// <param name="tokens">Tokens, of all epochs.</param>
    /// <returns>Hours.</returns>
    public double GetHours(double tokens) => tokens / TokensPerSecond / 3_600;

    /// <summary>One line.</summary>
    /// <returns>Tokens a second, seconds and FLOPs of a micro-batch.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{TokensPerSecond:N0} tokens/s; a micro-batch {Seconds:N1} s, {LinearFlops / 1e12:N1} TFLOP of linear maps and {AttentionFlops / 1e12:N1} of attention");

    /// <summary>The bytes a token that norms (7 passes each), rotary positions (8), activation and product (5), and residuals (3 each) read and write in the forward pass.</summary>
    private static double ElementBytes(DecoderDimensions model, TrainingFootprintOptions options)
        => model.LayerCount * (double)options.Width * ((20 * model.HiddenSize) + (8 * (model.QueryWidth + model.KeyWidth)) + (5 * model.IntermediateSize));
}
