namespace LongAlign.Data.Tests;

/// <summary>Rows with odd characters, and cuts on the left, by tokenizers and templates of models.</summary>
public sealed class OddTextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("\uFFFE", "\uFFFF")]
    [InlineData("\uFDD0", "\U0001FFFE")]
    [InlineData("e\u0301\uFFFEe\u0301", "\uFFFFe\u0301")]
    public void Noncharacters_are_text_to_a_tokenizer_that_normalizes(string question, string answer)
    {
        ModelTokenizer tokenizer = ModelTokenizer.Load(Path.Combine(GoldenFiles.Folder, "small-qwen"));
        Assert.Equal(Expected(question), tokenizer.Decode([.. tokenizer.Encode(question)]));
        string path = _folder.Write("data.jsonl", System.Text.Json.JsonSerializer.Serialize(new { messages = new[] { new { role = "user", content = question }, new { role = "assistant", content = answer } } }) + "\n");
        TokenizedDataset dataset = ChatDataset.Load(path).Tokenize(tokenizer, ChatTemplate.ChatMl, 100);
        Assert.Contains(Expected(answer), tokenizer.Decode([.. dataset[0].InputIds.ToArray()]), StringComparison.Ordinal);

        static string Expected(string text) => text.Replace("e\u0301", "é", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\\ud83d")]
    [InlineData("\\ude00")]
    [InlineData("\\ude00\\ud83d")]
    public void Half_a_character_is_refused_with_its_line_and_the_next_row_is_read(string half)
    {
        string path = _folder.Write("data.jsonl", $$"""
            {"messages":[{"role":"user","content":"half {{half}} emoji"},{"role":"assistant","content":"ok"}]}
            {"messages":[{"role":"user","content":"whole 👍"},{"role":"assistant","content":"ok"}]}
            """);
        ModelTokenizer tokenizer = ModelTokenizer.Load(Path.Combine(GoldenFiles.Folder, "small-qwen"));
        Assert.Contains("data.jsonl:1", Assert.Throws<ChatDataException>(() => ChatDataset.Load(path).Tokenize(tokenizer, ChatTemplate.ChatMl, 100)).Message, StringComparison.Ordinal);
        TokenizedDataset dataset = ChatDataset.Load([path], new ChatReadingOptions { BadRows = BadRowPolicy.Skip }).Tokenize(tokenizer, ChatTemplate.ChatMl, new TokenizationOptions { MaxLength = 100, SkipInvalid = true });
        Assert.Contains("whole 👍", tokenizer.Decode([.. dataset[0].InputIds.ToArray()]), StringComparison.Ordinal);
        Assert.Equal(1, dataset.Count);
    }

    [Theory]
    [InlineData("{{ bos_token }}{% for m in messages %}{{ m['content'] }}{% endfor %}", "<s>", 1)]
    [InlineData("{% for m in messages %}{{ m['content'] }}{% endfor %}", "", 0)]
    public void Cut_on_the_left_the_token_that_begins_a_sequence_stays(string text, string begin, int kept)
    {
        ModelTokenizer tokenizer = ModelTokenizer.Load(SampleData.TinyLlama);
        ChatTemplate template = ChatTemplate.FromJinja(text, new ChatTemplateOptions { SpecialTokens = new Dictionary<string, string> { ["bos_token"] = "<s>", ["eos_token"] = "</s>" } });
        ChatConversation chat = new([new ChatMessage("user", string.Concat(Enumerable.Repeat("word ", 80))), new ChatMessage("assistant", "the end")], "a chat");
        TokenizedDataset dataset = new ChatDataset([chat]).Tokenize(tokenizer, template, new TokenizationOptions { MaxLength = 40, Overlong = OverlongConversation.TruncateLeft });
        int[] ids = [.. dataset[0].InputIds.ToArray()];
        Assert.Equal(40, ids.Length);
        Assert.Equal(kept, ids.Count(id => id == tokenizer.SpecialTokens["<s>"]));
        Assert.StartsWith(begin, tokenizer.Decode(ids, withSpecialTokens: true), StringComparison.Ordinal);
        Assert.EndsWith("the end", tokenizer.Decode(ids), StringComparison.Ordinal);
    }

    /// <summary>As Phi-3's: the line ends of its template are none to the tokenizer.</summary>
    [Fact]
    public void A_special_token_of_a_template_takes_the_white_space_beside_it()
    {
        string json = File.ReadAllText(Path.Combine(GoldenFiles.Folder, "small-qwen", "tokenizer.json"));
        _folder.Write("tokenizer.json", json.Replace("\"content\":\"<|im_end|>\",\"special\":true,\"single_word\":false,\"lstrip\":false,\"rstrip\":false", "\"content\":\"<|im_end|>\",\"special\":true,\"single_word\":false,\"lstrip\":false,\"rstrip\":true", StringComparison.Ordinal));
        _folder.Write("tokenizer_config.json", File.ReadAllBytes(Path.Combine(GoldenFiles.Folder, "small-qwen", "tokenizer_config.json")));
        ModelTokenizer tokenizer = ModelTokenizer.Load(_folder);
        Assert.Equal(["<|im_end|>"], tokenizer.StrippingTokens.Keys);
        ChatTemplate template = ChatTemplate.FromJinja("{% for m in messages %}<|im_start|>{{ m['content'] }}<|im_end|>\n{% endfor %}");
        List<int> whole = [];
        tokenizer.AddIds("<|im_start|> a <|im_end|>\n<|im_start|> b<|im_end|>\n", continues: false, whole, withSpecial: true);
        Assert.Equal(whole, template.EncodePrompt(tokenizer, new ChatMessage("user", " a "), new ChatMessage("assistant", " b")));
        Assert.Equal("<|im_start|> a <|im_end|><|im_start|> b<|im_end|>", tokenizer.Decode([.. whole], withSpecialTokens: true));
    }
}
