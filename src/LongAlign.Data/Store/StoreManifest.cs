using System.Text.Json;
using System.Text.Json.Serialization;
using LongAlign.Native;

namespace LongAlign.Data.Store;

/// <summary>The last file to be written: it tells a finished store from one that a run is still writing.</summary>
internal sealed record StoreManifest(string Format, int Version, int Shards, long Sequences, long Tokens, long Targets, StoreOrigin? Origin = null)
{
    public const string FormatName = "LongAlign token store";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static StoreManifest Read(string folder)
    {
        string path = Path.Combine(folder, StoreFiles.Manifest);
        if (!File.Exists(path))
        {
            int shards = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "tokens-*.index").Count() : 0;
            throw new TokenStoreException(shards > 0
                ? $"{folder} is an unfinished token store: it has {shards} shards and no {StoreFiles.Manifest}. Start the writer again to finish it."
                : $"{folder} is not a token store: it has no {StoreFiles.Manifest}.");
        }

        try
        {
            return JsonSerializer.Deserialize<StoreManifest>(File.ReadAllBytes(path), Json) is { Format: FormatName, Version: 1, Shards: >= 0, Origin: null or { Tokenizer: not null, TokenizerHash: not null, Template: not null, TemplateHash: not null } } manifest
                ? manifest
                : throw new TokenStoreException($"{path} is not a manifest of a token store, version 1.");
        }
        catch (JsonException e)
        {
            throw new TokenStoreException($"{path} is not a manifest of a token store: {e.Message}", e);
        }
    }

    public void Write(string folder) => AtomicFiles.Write(Path.Combine(folder, StoreFiles.Manifest), JsonSerializer.SerializeToUtf8Bytes(this, Json));
}
