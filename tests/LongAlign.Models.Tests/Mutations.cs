using System.Globalization;

namespace LongAlign.Models.Tests;

/// <summary>How many damaged files a test makes: <c>LONGALIGN_MUTATIONS</c>, 250 unless set.</summary>
internal static class Mutations
{
    public static int Count { get; } = Environment.GetEnvironmentVariable("LONGALIGN_MUTATIONS") is { Length: > 0 } many ? int.Parse(many, CultureInfo.InvariantCulture) : 250;
}
