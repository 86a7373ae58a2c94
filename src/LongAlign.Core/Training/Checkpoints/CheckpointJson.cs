using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace LongAlign.Training.Checkpoints;

/// <summary>The JSON files of a checkpoint.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(CheckpointManifest))]
[JsonSerializable(typeof(CheckpointState))]
internal sealed partial class CheckpointJson : JsonSerializerContext
{
    /// <summary>More than any of these files needs: a hundred thousand parameters or files.</summary>
    private const long MaxBytes = 1 << 24;

    public static T Read<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        FileInfo file = new(path);
        if (!file.Exists)
        {
            throw new CheckpointException($"{path} is missing.");
        }

        if (file.Length > MaxBytes)
        {
            throw new CheckpointException($"{path} has {file.Length} bytes; expected {MaxBytes} at the most.");
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), type) ?? throw new CheckpointException($"{path} holds null.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException or FormatException) // text that is not Unicode, too
        {
            throw new CheckpointException($"{path} is damaged: {e.Message}", e);
        }
    }

    public static void Write<T>(string path, T value, JsonTypeInfo<T> type)
    {
        using FileStream file = File.Create(path);
        JsonSerializer.Serialize(file, value, type);
        file.Flush(flushToDisk: true);
    }
}
