using System.Globalization;

namespace LongAlign.Training;

/// <summary>A device to train on: its memory, and at what rate it computes. Immutable.</summary>
/// <remarks>
/// Peaks are those of NVIDIA's data sheets, bfloat16 without sparsity. How much of them training reaches is an assumption, 40 %: published runs report
/// 38 to 43 % (Llama 3 on H100, Llama Team 2024, section 3.3.2) to 72 % (GPT of 1.3B on A100, Dao 2023, table 1). It counts all arithmetic, also that of layers that are computed again.
/// </remarks>
public sealed record ComputeDevice
{
    /// <summary>The share of the peak that is assumed: 0.4.</summary>
    public const double AssumedUtilization = 0.4;

    /// <summary>Devices with known memory and peak.</summary>
    public static IReadOnlyList<ComputeDevice> Known { get; } =
    [
        Of("a100-40gb", 40, 312e12),
        Of("a100-80gb", 80, 312e12),
        Of("a800-80gb", 80, 312e12),
        Of("h100-80gb", 80, 989e12),
        Of("h200-141gb", 141, 989e12),
        Of("l40s-48gb", 48, 362e12),
        Of("rtx-4090-24gb", 24, 165e12),
    ];

    /// <summary>Gets the name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the memory in bytes.</summary>
    public required long MemoryBytes
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(MemoryBytes), value, $"MemoryBytes is {value}; expected at least 1.");
    }

    /// <summary>Gets the FLOPs a second of linear maps, as they are reached in training.</summary>
    public required double LinearFlopsPerSecond
    {
        get;
        init => field = Positive(value, nameof(LinearFlopsPerSecond));
    }

    /// <summary>Gets the FLOPs a second of attention, as they are reached in training.</summary>
    /// <value>Null, the default: those of linear maps.</value>
    public double? AttentionFlopsPerSecond
    {
        get;
        init => field = value is { } rate ? Positive(rate, nameof(AttentionFlopsPerSecond)) : null;
    }

    /// <summary>Gets the bytes a second that element by element operations (norms, activations, residuals) read and write.</summary>
    /// <value>Null, the default: their time is in the other rates.</value>
    public double? ElementBytesPerSecond
    {
        get;
        init => field = value is { } rate ? Positive(rate, nameof(ElementBytesPerSecond)) : null;
    }

    /// <summary>Gets whether it is a GPU.</summary>
    public bool IsGpu { get; init; } = true;

    /// <summary>Finds one of <see cref="Known"/>.</summary>
    /// <param name="name">Its name, or the beginning of it if no other begins so: <c>h200</c>.</param>
    /// <returns>The device.</returns>
    /// <exception cref="ArgumentException">There is none of the name, or more than one.</exception>
    public static ComputeDevice Find(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ComputeDevice[] found = [.. Known.Where(device => device.Name.StartsWith(name, StringComparison.OrdinalIgnoreCase))];
        return found is [ComputeDevice only] ? only
            : throw new ArgumentException($"{(found is [] ? "No" : "More than one")} device is called '{name}'; expected one of {string.Join(", ", Known.Select(device => device.Name))}.", nameof(name));
    }

    /// <summary>Name, memory and rate.</summary>
    /// <returns>One line.</returns>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{Name}, {MemoryBytes / 1e9:F0} GB, {LinearFlopsPerSecond / 1e12:0.##} TFLOP/s{(IsGpu ? " reached" : "")}");

    private static ComputeDevice Of(string name, int gigabytes, double peak) => new()
    {
        Name = name,
        MemoryBytes = gigabytes * 1_000_000_000L,
        LinearFlopsPerSecond = AssumedUtilization * peak,
    };

    private static double Positive(double value, string name)
        => double.IsFinite(value) && value > 0 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected more than 0.");
}
