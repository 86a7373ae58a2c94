using LongAlign.Data.Store;
using LongAlign.Sequences;

namespace LongAlign.Data.Tests.Store;

/// <summary>A store tells which tokenizer and template made it.</summary>
public sealed class StoreOriginTests : IDisposable
{
    private static readonly ModelTokenizer Llama = ModelTokenizer.Load(SampleData.TinyLlama);
    private static readonly ModelTokenizer Qwen = ModelTokenizer.Load(Path.Combine(GoldenFiles.Folder, "small-qwen"));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_store_of_chats_tells_tokenizer_and_template_and_refuses_a_model_of_another()
    {
        TokenStoreWriter.Write(_folder.File("store"), Chats().TokenizeStreaming(Llama, ChatTemplate.LongAlignLlama, new TokenizationOptions()));
        using TokenStore store = TokenStore.Open(_folder.File("store"));
        Assert.Equal(StoreOrigin.Of(Llama, ChatTemplate.LongAlignLlama), store.Origin);
        Assert.Equal(("tiny-llama", ChatTemplate.LongAlignLlama.Name), (store.Origin!.Tokenizer, store.Origin.Template));
        store.CheckTokenizer(Llama);
        string message = Assert.Throws<TokenStoreException>(() => store.CheckTokenizer(Qwen)).Message;
        Assert.Contains("tiny-llama", message, StringComparison.Ordinal);
        Assert.Contains("small-qwen", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_copy_of_a_tokenizer_is_the_same_and_one_with_another_token_is_not()
    {
        Directory.CreateDirectory(_folder.File("copy"));
        ModelTokenizer.CopyFiles(Path.Combine(GoldenFiles.Folder, "small-qwen"), _folder.File("copy"));
        string json = File.ReadAllText(_folder.File("copy/tokenizer.json"));
        File.WriteAllText(_folder.File("copy/tokenizer.json"), $"\n{json}\n");
        Assert.Equal(TokenizerHash.Of(Qwen), TokenizerHash.Of(ModelTokenizer.Load(_folder.File("copy"))));
        File.WriteAllText(_folder.File("copy/tokenizer.json"), json.Replace("\"<think>\"", "\"<thonk>\"", StringComparison.Ordinal));
        Assert.NotEqual(TokenizerHash.Of(Qwen), TokenizerHash.Of(ModelTokenizer.Load(_folder.File("copy"))));
    }

    [Fact]
    public void Where_nothing_is_told_nothing_is_checked_and_a_damaged_origin_is_refused()
    {
        TokenStoreWriter.Write(_folder.File("store"), [new TokenSequence([1, 2], [1, 2])]);
        using (TokenStore store = TokenStore.Open(_folder.File("store")))
        {
            Assert.Null(store.Origin);
            store.CheckTokenizer(Qwen);
        }

        string manifest = Directory.GetFiles(_folder.File("store"), "*.json").Single();
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("\"targets\"", "\"origin\": { \"tokenizer\": \"a\" }, \"targets\"", StringComparison.Ordinal));
        Assert.Contains(manifest, Assert.Throws<TokenStoreException>(() => TokenStore.Open(_folder.File("store"))).Message, StringComparison.Ordinal);
    }

    private static ChatDataset Chats() => new([new ChatConversation([new ChatMessage("user", "Who?"), new ChatMessage("assistant", "Ishmael.")], "a chat")]);
}
