using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using LongAlign.Native;

namespace LongAlign.Cli.Terminal;

/// <summary>The format of results in JSON: camel case, times in seconds, NaN and infinities as text.</summary>
internal static class ResultJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>Keys as recipes have them, and only what can be set: the file is a recipe again.</summary>
    private static JsonSerializerOptions RecipeOptions { get; } = new(Options) { PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower, IgnoreReadOnlyProperties = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Writes a recipe with all its defaults.</summary>
    public static void WriteRecipe<T>(string path, T recipe) => Write(path, recipe, RecipeOptions);

    /// <summary>Writes a result to a file, which is there whole or not at all.</summary>
    public static void Write<T>(string path, T result) => Write(path, result, Options);

    private static void Write<T>(string path, T result, JsonSerializerOptions options)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        AtomicFiles.Write(path, Encoding.UTF8.GetBytes(JsonSerializer.Serialize(result, options) + "\n"));
    }
}
