using System.Globalization;

namespace LongAlign.Training;

/// <summary>Whether a run fits into a device's memory, and the least change with which it does.</summary>
/// <remarks>Changes are tried in the order of what they cost: those that cost nothing but words first, then those that cost time, then those that change what is trained.</remarks>
/// <example>
/// <code>
/// FootprintAdvice advice = FootprintAdvice.Of(DecoderDimensions.Llama7B, new TrainingFootprintOptions { Ranks = 8, IsGpu = true }, memoryBytes: 80_000_000_000);
/// Console.WriteLine(advice);    // does not fit: …; try …
/// </code>
/// </example>
public sealed class FootprintAdvice
{
    private FootprintAdvice(TrainingFootprint asked, long memoryBytes, TrainingFootprintOptions? options, TrainingFootprint? advised, IReadOnlyList<string> changes)
        => (Asked, MemoryBytes, Options, Advised, Changes) = (asked, memoryBytes, options, advised, changes);

    /// <summary>The footprint of the run as it is.</summary>
    public TrainingFootprint Asked { get; }

    /// <summary>The memory of a device.</summary>
    public long MemoryBytes { get; }

    /// <summary>Whether the run fits as it is.</summary>
    public bool Fits => Asked.TotalBytes <= MemoryBytes;

    /// <summary>The settings that fit: those of the run if they do. Null where none that were tried do.</summary>
    public TrainingFootprintOptions? Options { get; }

    /// <summary>The footprint with those settings; null where none fit.</summary>
    public TrainingFootprint? Advised { get; }

    /// <summary>The changes in words; empty where nothing has to be or nothing helps.</summary>
    public IReadOnlyList<string> Changes { get; }

    /// <summary>Compares a run with a device's memory, and tries other settings where it does not fit.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">The run.</param>
    /// <param name="memoryBytes">The memory of a device, in bytes.</param>
    /// <returns>The verdict.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="memoryBytes"/> is less than 1.</exception>
    /// <exception cref="ArgumentException">The ranks can't be split as asked, or the longest sequence is longer than the capacity.</exception>
    public static FootprintAdvice Of(DecoderDimensions model, TrainingFootprintOptions options, long memoryBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(memoryBytes, 1);
        TrainingFootprint asked = TrainingFootprint.Of(model, options);
        if (asked.TotalBytes <= memoryBytes)
        {
            return new FootprintAdvice(asked, memoryBytes, options, asked, []);
        }

        foreach (TrainingFootprintOptions candidate in FootprintCandidates.Of(model, options))
        {
            TrainingFootprint footprint = TrainingFootprint.Of(model, candidate);
            if (footprint.TotalBytes <= memoryBytes)
            {
                return new FootprintAdvice(asked, memoryBytes, candidate, footprint, [.. FootprintCandidates.Name(options, candidate)]);
            }
        }

        return new FootprintAdvice(asked, memoryBytes, options: null, advised: null, []);
    }

    /// <summary>The verdict in a sentence.</summary>
    /// <returns>One line.</returns>
    public override string ToString()
    {
        string need = string.Create(CultureInfo.InvariantCulture, $"{Asked.TotalBytes / 1e9:F1} GB of {MemoryBytes / 1e9:F1} GB");
        return Fits ? $"fits: {need}"
            : Advised is { } advised ? string.Create(CultureInfo.InvariantCulture, $"does not fit: {need}; try {string.Join(", ", Changes)}: {advised.TotalBytes / 1e9:F1} GB")
            : $"does not fit: {need}, nor with any setting that was tried; take more devices or larger ones";
    }
}
