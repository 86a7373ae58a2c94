namespace LongAlign.Data.Templates.Jinja;

/// <summary>The limits of a rendering, so that a hostile template ends with an error.</summary>
internal sealed record JinjaLimits
{
    /// <summary>Expressions and statements, one within another.</summary>
    public const int MaxNesting = 500;

    /// <summary>The most items of a list.</summary>
    public const int MaxItems = 1_000_000;

    /// <summary>The most bits of an integer.</summary>
    public const int MaxBits = 14_000;

    /// <summary>The most characters of a text.</summary>
    public const int MaxTextLength = 1 << 26;

    /// <summary>Calls of macros, one within another.</summary>
    public int MaxCalls { get; init; } = 150;

    /// <summary>Nodes that are evaluated.</summary>
    public long MaxSteps { get; init; } = 5_000_000;

    /// <summary>Characters and items that are made, those of texts that are thrown away included.</summary>
    public long MaxWork { get; init; } = 64_000_000;

    /// <summary>Limits that leave room for an input of some size.</summary>
    public static JinjaLimits For(long characters, int messages) => new()
    {
        MaxSteps = 5_000_000 + (20_000L * messages),
        MaxWork = 64_000_000 + (64 * characters),
    };
}
