using System.Text.Json;

namespace LongAlign.Data;

/// <summary>Reads small JSON files that need not exist.</summary>
internal static class OptionalJson
{
    /// <summary>The root of a file; undefined where there is no file.</summary>
    /// <exception cref="InvalidDataException">The file is not JSON.</exception>
    public static JsonElement Read(string path)
    {
        if (!File.Exists(path))
        {
            return default;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not JSON: {e.Message}", e);
        }
    }
}
