using System.Text.Json;

namespace LongAlign.Testing;

/// <summary>
/// The outputs of the reference implementation. <c>LONGALIGN_GOLDEN</c> names another folder of the same form; without it, the
/// one beside the tests is read.
/// </summary>
public static class Golden
{
    public static string Root { get; } =
        Environment.GetEnvironmentVariable("LONGALIGN_GOLDEN") is { Length: > 0 } folder
            ? folder
            : Path.Combine(AppContext.BaseDirectory, "Golden");

    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    public static JsonElement ReadJson(params ReadOnlySpan<string> parts)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(PathOf(parts)));
        return document.RootElement.Clone();
    }

    public static Npy ReadNpy(params ReadOnlySpan<string> parts) => Npy.Read(PathOf(parts));

    /// <summary>The <c>name</c> of every case, for theory data.</summary>
    public static IEnumerable<string> Names(JsonElement cases) => cases.EnumerateArray().Select(c => c.GetProperty("name").GetString()!);

    public static JsonElement Case(JsonElement cases, string name)
        => cases.EnumerateArray().Single(c => c.GetProperty("name").GetString() == name);

    /// <summary>A number, or one of the strings "nan", "inf", "-inf".</summary>
    public static double Number(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? value.GetString() switch
        {
            "nan" => double.NaN,
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            var text => throw new FormatException($"'{text}' is not a number."),
        }
        : value.GetDouble();

    public static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetInt32())];

    public static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(Number)];
}
