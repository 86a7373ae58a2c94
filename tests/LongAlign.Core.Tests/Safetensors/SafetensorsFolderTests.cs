using System.Text.Json;
using LongAlign.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Safetensors;

public sealed class SafetensorsFolderTests
{
    private const string Index = "model.safetensors.index.json";

    [Theory]
    [InlineData(1, 4)]      // a file for each tensor
    [InlineData(40, 3)]     // 12 + 20, 48, 4
    [InlineData(84, 1)]     // all of it, exactly
    [InlineData(83, 2)]     // one byte too little
    public void Shards_hold_no_more_than_asked_and_an_index_names_every_tensor(long maxShardBytes, int files)
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        KeyValuePair<string, Tensor>[] tensors = Tensors(1);
        SafetensorsFolder.Write(folder, tensors, maxShardBytes);
        string[] expected = files == 1
            ? ["model.safetensors"]
            : [.. Enumerable.Range(1, files).Select(i => $"model-{i:D5}-of-{files:D5}.safetensors"), Index];
        Assert.Equal(expected, FilesOf(folder));
        foreach (string file in expected.Where(file => file != Index))
        {
            using SafetensorsReader reader = new(folder.File(file));
            Assert.True(reader.Entries.Count == 1 || reader.Entries.Values.Sum(entry => entry.ByteCount) <= maxShardBytes);
        }

        AssertHolds(folder, tensors);
    }

    [Fact]
    public void The_index_is_what_hugging_face_reads()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        SafetensorsFolder.Write(folder, Tensors(1), 40);
        using JsonDocument index = JsonDocument.Parse(File.ReadAllText(folder.File(Index)));
        Assert.Equal(84, index.RootElement.GetProperty("metadata").GetProperty("total_size").GetInt64());
        Assert.Equal(
            ["a model-00001-of-00003.safetensors", "b model-00001-of-00003.safetensors", "c model-00002-of-00003.safetensors", "d model-00003-of-00003.safetensors"],
            index.RootElement.GetProperty("weight_map").EnumerateObject().Select(entry => $"{entry.Name} {entry.Value.GetString()}"));
    }

    [Theory]
    [InlineData(1, 1_000)]
    [InlineData(1_000, 1)]
    [InlineData(1, 40)]
    [InlineData(40, 1)]
    public void Weights_of_an_earlier_save_are_gone(long earlier, long later)
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using TemporaryFolder fresh = new();
        SafetensorsFolder.Write(folder, Tensors(1), earlier);
        SafetensorsFolder.Write(folder, Tensors(2), later);
        SafetensorsFolder.Write(fresh, Tensors(2), later);
        Assert.Equal(FilesOf(fresh), FilesOf(folder));
        AssertHolds(folder, Tensors(2));
    }

    [Fact]
    public void Files_that_no_save_wrote_stay()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        string[] own = ["model-adapter.safetensors", "model_best.safetensors", "tokenizer.model"];
        Array.ForEach(own, file => folder.Write(file, "mine"));
        SafetensorsFolder.Write(folder, Tensors(1));
        Assert.Equal([.. own, "model.safetensors"], FilesOf(folder).OrderBy(file => file == "model.safetensors").ToArray());
    }

    [Fact]
    public void A_whole_file_comes_before_an_index_as_for_hugging_face()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        SafetensorsFolder.Write(folder, Tensors(1), 40);
        SafetensorsWriter.Write(folder.File("model.safetensors"), Tensors(2));
        File.Delete(folder.File("model-00002-of-00003.safetensors"));
        AssertHolds(folder, Tensors(2));
    }

    [Fact]
    public void A_missing_shard_is_named()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        SafetensorsFolder.Write(folder, Tensors(1), 40);
        File.Delete(folder.File("model-00002-of-00003.safetensors"));
        AssertRefused(folder, $"{folder.File(Index)} names the shard 'model-00002-of-00003.safetensors', and there is no such file in {folder.FullName}");
    }

    [Fact]
    public void A_damaged_shard_is_named_and_the_whole_ones_are_closed()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        SafetensorsFolder.Write(folder, Tensors(1), 40);
        folder.Write("model-00002-of-00003.safetensors", SafetensorsBytes.Make("[]", 0));
        AssertRefused(folder, $"{folder.File("model-00002-of-00003.safetensors")}: the header is a JSON Array");
        using FileStream alone = new(folder.File("model-00001-of-00003.safetensors"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.True(alone.CanWrite);
    }

    [Fact]
    public void A_shard_that_lacks_a_tensor_is_named()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        SafetensorsWriter.Write(folder.File("one.safetensors"), Tensors(1)[..1]);
        folder.Write(Index, """{"weight_map":{"a":"one.safetensors","b":"one.safetensors"}}""");
        AssertRefused(folder, $"{folder.File(Index)} says that tensor 'b' is in one.safetensors, and it is not");
    }

    [Theory]
    [InlineData("../outside.safetensors")]
    [InlineData("/outside.safetensors")]
    [InlineData("sub/outside.safetensors")]
    [InlineData("")]
    [InlineData(".")]
    public void An_index_may_not_name_a_file_outside_its_folder(string shard)
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder outer = new();
        string folder = Directory.CreateDirectory(outer.File("sub")).FullName;
        SafetensorsWriter.Write(outer.File("outside.safetensors"), Tensors(1));
        File.WriteAllText(Path.Combine(folder, Index), $$$"""{"weight_map":{"a":"{{{shard}}}"}}""");
        AssertRefused(folder, $"names the shard '{shard}', and there is no such file in {folder}");
    }

    [Theory]
    [InlineData("", "is not JSON")]
    [InlineData("{\"weight_map\":{", "is not JSON")]
    [InlineData("{\"weight_map\":{\"a\":\"\\ud800\"}}", "is not JSON")]
    [InlineData("[]", "has no weight_map from names of tensors to names of files")]
    [InlineData("{}", "has no weight_map")]
    [InlineData("{\"weight_map\":[]}", "has no weight_map")]
    [InlineData("{\"weight_map\":{\"a\":1}}", "has no weight_map")]
    public void A_damaged_index_is_named(string index, string expected)
    {
        using TemporaryFolder folder = new();
        folder.Write(Index, index);
        AssertRefused(folder, $"{folder.File(Index)} {expected}");
    }

    [Fact]
    public void A_folder_without_weights_is_named()
    {
        using TemporaryFolder folder = new();
        AssertRefused(folder, $"{folder.FullName} has neither model.safetensors nor {Index}");
    }

    /// <summary>Tensors of 12, 20, 48 and 4 bytes.</summary>
    private static KeyValuePair<string, Tensor>[] Tensors(float value) =>
    [
        KeyValuePair.Create("a", full(3, value)), KeyValuePair.Create("b", full(5, 2, value, dtype: ScalarType.BFloat16)),
        KeyValuePair.Create("c", full(3, 4, -value)), KeyValuePair.Create("d", tensor(value)),
    ];

    private static string[] FilesOf(string folder) => [.. Directory.GetFiles(folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    private static void AssertHolds(string folder, KeyValuePair<string, Tensor>[] tensors)
    {
        using SafetensorsFolder weights = new(folder);
        Assert.Equal(tensors.Select(tensor => tensor.Key), weights.Names);
        Assert.All(tensors, tensor => Assert.True(tensor.Value.bytes.SequenceEqual(weights.Read(tensor.Key).bytes), tensor.Key));
    }

    private static void AssertRefused(string folder, string expected)
        => Assert.Contains(expected, Assert.Throws<SafetensorsException>(() => new SafetensorsFolder(folder)).Message, StringComparison.Ordinal);
}
