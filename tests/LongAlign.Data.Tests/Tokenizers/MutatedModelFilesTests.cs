using LongAlign.Data.Templates.Jinja;

namespace LongAlign.Data.Tests;

/// <summary>Files of a model's folder with one byte changed: each loads, or is refused by a message that names it.</summary>
[Trait("Speed", "Slow")]
public sealed class MutatedModelFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("small-qwen", "tokenizer.json")]
    [InlineData("small-qwen", "tokenizer_config.json")]
    [InlineData("small-ignore-merges", "tokenizer.json")]
    [InlineData("tiny-llama", "tokenizer.model")]
    [InlineData("tiny-llama", "config.json")]
    public void A_damaged_tokenizer_loads_or_is_refused(string model, string name)
    {
        string source = model == "tiny-llama" ? SampleData.TinyLlama : Path.Combine(GoldenFiles.Folder, model);
        foreach (string file in Directory.GetFiles(source))
        {
            _folder.Write(Path.GetFileName(file), File.ReadAllBytes(file));
        }

        foreach ((byte[] bytes, _, _) in Mutations.Of(File.ReadAllBytes(Path.Combine(source, name))))
        {
            _folder.Write(name, bytes);
            IsLoadedOrRefused(() => ModelTokenizer.Load(_folder).Encode("Two words, 你好 and 👩‍🚀."));
        }
    }

    [Fact]
    public void A_damaged_tiktoken_file_loads_or_is_refused()
    {
        byte[] whole = System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 256).Select(i => $"{Convert.ToBase64String([(byte)i])} {i}\n")));
        foreach ((byte[] bytes, _, _) in Mutations.Of(whole))
        {
            string path = _folder.Write("a.tiktoken", bytes);
            IsLoadedOrRefused(() => ModelTokenizer.LoadTiktoken(path, @"\s+|\S+", new Dictionary<string, int> { ["<end>"] = 256 }, "<end>").Encode("Two words"));
        }
    }

    [Fact]
    public void A_damaged_chat_template_loads_or_is_refused()
    {
        byte[] whole = System.Text.Encoding.UTF8.GetBytes("{\"bos_token\":\"<s>\",\"chat_template\":[{\"name\":\"default\",\"template\":\"{% for message in messages %}{{ message['content'] }}{% endfor %}\"}]}");
        foreach ((byte[] bytes, _, _) in Mutations.Of(whole))
        {
            _folder.Write("tokenizer_config.json", bytes);
            IsLoadedOrRefused(() => ChatTemplate.Load(_folder));
        }
    }

    private void IsLoadedOrRefused(Action load)
    {
        Exception? e = Record.Exception(load);
        Assert.True(e is null or InvalidDataException or NotSupportedException or FileNotFoundException or JinjaException, $"{e}");
        Assert.True(e is null || e.Message.Contains(_folder, StringComparison.Ordinal), $"The message names no file: {e?.Message}");
    }
}
