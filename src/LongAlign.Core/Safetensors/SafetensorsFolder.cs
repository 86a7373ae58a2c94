using System.Text.Json;
using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace LongAlign.Safetensors;

/// <summary>The weights of a Hugging Face folder: <c>model.safetensors</c>, or shards with <c>model.safetensors.index.json</c>.</summary>
/// <remarks>Where a folder has both, the single file counts, as for Hugging Face's own loader.</remarks>
public sealed partial class SafetensorsFolder : IDisposable
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";

    private readonly Dictionary<string, SafetensorsReader> _readerOf = [];
    private readonly List<SafetensorsReader> _readers = [];

    /// <summary>Opens all files of a folder and checks their headers.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="SafetensorsException">A file is missing or damaged, or the index and the shards disagree.</exception>
    public SafetensorsFolder(string folder)
    {
        try
        {
            string index = Path.Combine(folder, IndexFile);
            string single = Path.Combine(folder, SingleFile);
            if (File.Exists(single))
            {
                SafetensorsReader reader = Open(single);
                foreach (string name in reader.Entries.Keys)
                {
                    _readerOf[name] = reader;
                }
            }
            else if (File.Exists(index))
            {
                OpenShards(folder, index);
            }
            else
            {
                throw new SafetensorsException($"{folder} has neither {SingleFile} nor {IndexFile}.");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The names of all tensors.</summary>
    public IReadOnlyCollection<string> Names => _readerOf.Keys;

    /// <summary>Finds a tensor's header entry and file.</summary>
    /// <param name="name">The tensor's name, one of <see cref="Names"/>.</param>
    /// <returns>The entry and the path of its file.</returns>
    /// <exception cref="KeyNotFoundException">There is no tensor of this name.</exception>
    public (SafetensorsEntry Entry, string FilePath) Find(string name) => (_readerOf[name].Entries[name], _readerOf[name].FilePath);

    /// <summary>Reads a tensor, in the file's dtype, on the CPU.</summary>
    /// <param name="name">The tensor's name, one of <see cref="Names"/>.</param>
    /// <returns>A tensor of the shape in the header, that the caller owns.</returns>
    /// <exception cref="KeyNotFoundException">There is no tensor of this name.</exception>
    /// <exception cref="SafetensorsException">The file ends too early.</exception>
    public Tensor Read(string name) => _readerOf[name].Read(name);

    /// <summary>Reads a tensor into one that exists (<see cref="SafetensorsReader.ReadInto(string, Tensor)"/>).</summary>
    /// <param name="name">The tensor's name, one of <see cref="Names"/>.</param>
    /// <param name="destination">A contiguous tensor of the same shape, of any dtype and device.</param>
    /// <exception cref="KeyNotFoundException">There is no tensor of this name.</exception>
    /// <inheritdoc cref="SafetensorsReader.ReadInto(string, Tensor)" path="/exception"/>
    public void ReadInto(string name, Tensor destination) => _readerOf[name].ReadInto(name, destination);

    /// <summary>Writes tensors into one file, or into shards with an index where they don't fit.</summary>
    /// <param name="folder">The folder; made if it does not exist.</param>
    /// <param name="tensors">Names and tensors.</param>
    /// <param name="maxShardBytes">The most bytes of tensors in a file, 5 GB by default; a larger tensor gets a separate file.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxShardBytes"/> is less than 1.</exception>
    /// <exception cref="IOException">A file can't be written.</exception>
    public static void Write(string folder, IReadOnlyCollection<KeyValuePair<string, Tensor>> tensors, long maxShardBytes = 5_000_000_000)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxShardBytes, 1);
        Directory.CreateDirectory(folder);
        List<List<KeyValuePair<string, Tensor>>> shards = Split(tensors, maxShardBytes);
        List<string> files = [];
        for (int i = 0; i < shards.Count; i++)
        {
            files.Add(shards.Count == 1 ? SingleFile : ShardName(i, shards.Count));
            SafetensorsWriter.Write(Path.Combine(folder, files[i]), shards[i]);
        }

        if (shards.Count == 1)
        {
            File.Delete(Path.Combine(folder, IndexFile));
        }
        else
        {
            WriteIndex(Path.Combine(folder, IndexFile), tensors, shards);
        }

        // Weights of an earlier save, which nothing names any more. Files of other names are not ours to delete.
        foreach (string path in Directory.GetFiles(folder))
        {
            string file = Path.GetFileName(path);
            if (SavedFile().IsMatch(file) && !files.Contains(file))
            {
                File.Delete(path);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafetensorsReader reader in _readers)
        {
            reader.Dispose();
        }
    }

    private static void WriteIndex(
        string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, List<List<KeyValuePair<string, Tensor>>> shards)
    {
        using FileStream index = File.Create(path);
        using Utf8JsonWriter json = new(index, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartObject("metadata");
        json.WriteNumber("total_size", tensors.Sum(tensor => ByteCount(tensor.Value)));
        json.WriteEndObject();
        json.WriteStartObject("weight_map");
        for (int i = 0; i < shards.Count; i++)
        {
            foreach ((string name, _) in shards[i])
            {
                json.WriteString(name, ShardName(i, shards.Count));
            }
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void OpenShards(string folder, string index)
    {
        Dictionary<string, SafetensorsReader> shards = [];
        foreach ((string name, string shard) in ReadWeightMap(index))
        {
            if (!shards.TryGetValue(shard, out SafetensorsReader? reader))
            {
                string path = Path.Combine(folder, shard);
                if (Path.GetFileName(shard) != shard || !File.Exists(path))
                {
                    throw new SafetensorsException($"{index} names the shard '{shard}', and there is no such file in {folder}.");
                }

                shards[shard] = reader = Open(path);
            }

            if (!reader.Entries.ContainsKey(name))
            {
                throw new SafetensorsException($"{index} says that tensor '{name}' is in {shard}, and it is not.");
            }

            _readerOf[name] = reader;
        }
    }

    private static List<KeyValuePair<string, string>> ReadWeightMap(string index)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(index));
            if (document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("weight_map", out JsonElement map) && map.ValueKind == JsonValueKind.Object
                && map.EnumerateObject().All(entry => entry.Value.ValueKind == JsonValueKind.String))
            {
                return [.. map.EnumerateObject().Select(entry => KeyValuePair.Create(entry.Name, entry.Value.GetString()!))];
            }

            throw new SafetensorsException($"{index} has no weight_map from names of tensors to names of files.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: text that is not Unicode
        {
            throw new SafetensorsException($"{index} is not JSON: {e.Message}", e);
        }
    }

    private SafetensorsReader Open(string path)
    {
        SafetensorsReader reader = new(path);
        _readers.Add(reader);
        return reader;
    }

    private static List<List<KeyValuePair<string, Tensor>>> Split(IEnumerable<KeyValuePair<string, Tensor>> tensors, long maxShardBytes)
    {
        List<List<KeyValuePair<string, Tensor>>> shards = [[]];
        long bytes = 0;
        foreach (KeyValuePair<string, Tensor> tensor in tensors)
        {
            bytes += ByteCount(tensor.Value);
            if (bytes > maxShardBytes && shards[^1].Count > 0)
            {
                shards.Add([]);
                bytes = ByteCount(tensor.Value);
            }

            shards[^1].Add(tensor);
        }

        return shards;
    }

    private static long ByteCount(Tensor tensor) => tensor.numel() * SafetensorsDtype.Of(tensor.dtype).Size;

    private static string ShardName(int index, int count) => $"model-{index + 1:D5}-of-{count:D5}.safetensors";

    [GeneratedRegex(@"^model(-\d{5}-of-\d{5})?\.safetensors$", RegexOptions.CultureInvariant)]
    private static partial Regex SavedFile();
}
