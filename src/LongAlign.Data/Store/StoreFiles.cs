using System.Globalization;

namespace LongAlign.Data.Store;

/// <summary>The names of a store's files.</summary>
internal static class StoreFiles
{
    public const string Manifest = "store.json";

    public static string Shard(string folder, int number) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"tokens-{number:00000}.arrow"));

    public static string Index(string folder, int number) => Path.ChangeExtension(Shard(folder, number), ".index");
}
