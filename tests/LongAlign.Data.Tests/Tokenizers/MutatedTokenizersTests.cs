using System.Text.Json.Nodes;

namespace LongAlign.Data.Tests;

/// <summary>
/// Small tokenizers of many kinds, a byte or a value of them changed: each loads, and encodes and decodes, or is refused by a message that names it.
/// <c>LONGALIGN_MUTATIONS</c> sets how many of each; 1000 are 10,000 files.
/// </summary>
[Trait("Speed", "Slow")]
public sealed class MutatedTokenizersTests : IDisposable
{
    private const string Text = "Two  words, you've 1234 你好 Å<think>\n <b> the\uFFFE👩‍🚀 <|endoftext|>.";

    private static readonly JsonNode?[] OddValues =
    [
        null, "", "\0", "▁", "((a+)+)+b", "[[[a&&", 0, -1, int.MaxValue, 1e300, long.MaxValue, true, false, new JsonArray(), new JsonObject(), new JsonArray(1, "a"),
        new JsonObject { ["type"] = "Sequence" }, new JsonObject { ["Regex"] = ".*(?=a)" }, new string('a', 5_000),
    ];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Kinds => ["bl-added-strip", "bl-split-cl100k", "sp-metaspace-first", "spm-bpe-user-defined", "spm-unigram-rules"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Bytes_of_a_tokenizer_changed(string kind)
    {
        foreach ((byte[] bytes, _, _) in Mutations.Of(File.ReadAllBytes(Copy(kind, out string name))))
        {
            _folder.Write(name, bytes);
            IsUsedOrRefused();
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Values_of_a_tokenizer_changed(string kind)
    {
        byte[] whole = File.ReadAllBytes(Copy(kind, out string name));
        Random random = new(11);
        for (int i = 0; i < Mutations.Count; i++)
        {
            _folder.Write(name, name == "tokenizer.json" ? ChangeValue(whole, random) : ChangeStretch(whole, random));
            IsUsedOrRefused();
        }
    }

    /// <summary>A value anywhere but in the vocabulary and the merges, mostly, becomes another.</summary>
    private static byte[] ChangeValue(byte[] whole, Random random)
    {
        JsonNode root = JsonNode.Parse(whole)!;
        JsonNode? node = root;
        while (true)
        {
            (string Name, int At)[] inner = node switch
            {
                JsonObject { Count: > 0 } all => [.. all.Select(child => (child.Key, 0))],
                JsonArray { Count: > 0 } all => [.. Enumerable.Range(0, all.Count).Select(at => ("", at))],
                _ => [],
            };
            (string name, int at) = inner[random.Next(inner.Length)];
            JsonNode? child = node is JsonObject parent ? parent[name] : node![at];
            if (child is JsonObject { Count: > 0 } or JsonArray { Count: > 0 } && random.Next(5) > 0)
            {
                node = child;
                continue;
            }

            JsonNode? odd = OddValues[random.Next(OddValues.Length)]?.DeepClone();
            if (node is JsonObject holder)
            {
                holder[name] = odd;
            }
            else
            {
                node[at] = odd;
            }

            return System.Text.Encoding.UTF8.GetBytes(root.ToJsonString());
        }
    }

    /// <summary>A stretch of bytes is cut out, doubled, or filled with one byte.</summary>
    private static byte[] ChangeStretch(byte[] whole, Random random)
    {
        int start = random.Next(whole.Length);
        int end = Math.Min(whole.Length, start + 1 + random.Next(64));
        return random.Next(3) switch
        {
            0 => [.. whole[..start], .. whole[end..]],
            1 => [.. whole[..end], .. whole[start..]],
            _ => [.. whole[..start], .. Enumerable.Repeat((byte)random.Next(256), end - start), .. whole[end..]],
        };
    }

    private string Copy(string kind, out string name)
    {
        string source = Path.Combine(GoldenFiles.Folder, "tokenizers", kind);
        _folder.Write("tokenizer_config.json", File.ReadAllBytes(Path.Combine(source, "tokenizer_config.json")));
        string path = Directory.GetFiles(source, "tokenizer.*").Single();
        name = Path.GetFileName(path);
        return path;
    }

    private void IsUsedOrRefused()
    {
        Exception? e = Record.Exception(() =>
        {
            ModelTokenizer tokenizer = ModelTokenizer.Load(_folder);
            tokenizer.Decode([.. tokenizer.Encode(Text), .. tokenizer.Encode(Text, continues: true)]);
        });
        Assert.True(e is null or InvalidDataException or NotSupportedException, $"{e}");
        Assert.True(e is null || e.Message.Contains(_folder, StringComparison.Ordinal), $"The message names no file: {e?.Message}");
    }
}
