using System.Globalization;

namespace LongAlign.Benchmarks.Checks;

/// <summary>One measured number, and what it must reach, if anything.</summary>
/// <param name="Name">The measured quantity.</param>
/// <param name="Value">The number.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="AtLeast">The least that is good enough.</param>
/// <param name="AtMost">The most that is good enough.</param>
internal sealed record Figure(string Name, double Value, string Unit, double? AtLeast = null, double? AtMost = null)
{
    /// <summary>Whether the number is good enough; NaN never is.</summary>
    public bool IsMet => (AtLeast is null || Value >= AtLeast) && (AtMost is null || Value <= AtMost);

    /// <summary>One line: name, value, unit, and the bar where there is one.</summary>
    public override string ToString()
    {
        string bar = (AtLeast, AtMost) switch
        {
            ({ } least, _) => string.Create(CultureInfo.InvariantCulture, $" (at least {least:0.###}{(IsMet ? "" : ": MISSED")})"),
            (_, { } most) => string.Create(CultureInfo.InvariantCulture, $" (at most {most:0.###}{(IsMet ? "" : ": MISSED")})"),
            _ => "",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{Name}: {Value:0.###} {Unit}{bar}");
    }
}
