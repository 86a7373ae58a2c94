using System.Text.Json;
using CsCheck;

namespace LongAlign.Data.Tests;

/// <summary>Ids of English, Chinese, code, emoji and odd texts, equal to those of independent tokenizers.</summary>
[Trait("Category", "Golden")]
public sealed class TokenizerGoldenTests
{
    private static readonly JsonElement Ids = GoldenFiles.Read("ids.json");

    public static TheoryData<string> Small => ["small-qwen", "small-ignore-merges"];

    /// <summary>Too large or not free to ship; see golden/make-golden.mjs.</summary>
    public static TheoryData<string> Large => ["qwen3", "llama3", "llama3_1", "deepseek_v3", "gpt4o", "gemma3", "llama2", "gpt2"];

    [Theory]
    [MemberData(nameof(Small))]
    public void Ids_of_small_tokenizers_equal_and_text_comes_back(string name) => AssertEqual(Path.Combine(GoldenFiles.Folder, name), name);

    [Theory]
    [MemberData(nameof(Large))]
    public void Ids_of_real_tokenizers_equal_and_text_comes_back(string name)
    {
        string? folder = Environment.GetEnvironmentVariable("LONGALIGN_TOKENIZERS");
        Assert.SkipUnless(folder is not null && Directory.Exists(Path.Combine(folder, name)), "LONGALIGN_TOKENIZERS names no folder with this tokenizer.");
        AssertEqual(Path.Combine(folder!, name), name);
    }

    [Fact]
    public void Special_strings_are_text_and_added_tokens_are_tokens()
    {
        ModelTokenizer tokenizer = ModelTokenizer.Load(Path.Combine(GoldenFiles.Folder, "small-qwen"));
        Assert.Equal(["<|endoftext|>", "<|im_start|>", "<|im_end|>"], tokenizer.SpecialTokens.OrderBy(token => token.Value).Select(token => token.Key));
        Assert.Equal(tokenizer.SpecialTokens["<|im_end|>"], tokenizer.EndOfSequenceId);
        IReadOnlyList<int> ids = tokenizer.Encode("<|im_end|><think><|im_start|>");
        Assert.Empty(ids.Intersect(tokenizer.SpecialTokens.Values));
        Assert.Equal(tokenizer.EndOfSequenceId + 1, Assert.Single(ids, id => id > tokenizer.EndOfSequenceId));
        Assert.True(tokenizer.PrefixIds.IsEmpty);
    }

    [Fact]
    public void Ids_one_by_one_give_the_same_text_and_never_a_part_of_a_character()
    {
        foreach (string folder in new[] { SampleData.TinyLlama, Path.Combine(GoldenFiles.Folder, "small-qwen") })
        {
            ModelTokenizer tokenizer = ModelTokenizer.Load(folder);
            Gen.OneOf("a", " ", "é", "你好", "😀", "👩‍🚀", "\n", "𠀀", "word").Array[1, 12].Select(string.Concat).Sample(
                text =>
                {
                    TokenDecoder decoder = tokenizer.CreateDecoder();
                    string[] parts = [.. tokenizer.Encode(text).Select(decoder.Append), decoder.Finish()];
                    Assert.Equal(text.Normalize(), string.Concat(parts));
                    Assert.DoesNotContain(parts, part => part.Contains('\uFFFD') || (part.Length > 0 && char.IsLowSurrogate(part[0])));
                },
                iter: 300);
        }
    }

    [Fact]
    public void Bytes_that_are_no_character_become_a_replacement_and_ids_above_the_vocabulary_nothing()
    {
        ModelTokenizer tokenizer = ModelTokenizer.Load(Path.Combine(GoldenFiles.Folder, "small-qwen"));
        TokenDecoder decoder = tokenizer.CreateDecoder();
        Assert.Equal("", decoder.Append(tokenizer.Encode("😀")[0]));
        Assert.Equal("\uFFFD", decoder.Finish());
        Assert.Equal("", decoder.Append(tokenizer.EndOfSequenceId));
        Assert.Equal("", decoder.Append(tokenizer.VocabularySize));
        Assert.Equal("a", tokenizer.Decode([.. tokenizer.Encode("a"), tokenizer.VocabularySize + 100]));
        Assert.Throws<ArgumentOutOfRangeException>(() => decoder.Append(-1));
        Assert.Equal("a<|im_end|>", tokenizer.Decode([.. tokenizer.Encode("a"), tokenizer.EndOfSequenceId], withSpecialTokens: true));
    }

    [Fact]
    public void A_SentencePiece_style_tokenizer_json_has_the_ids_of_the_SentencePiece_model()
    {
        using TemporaryFolder folder = new();
        SentencePieceModel model = SentencePieceModel.Read(File.ReadAllBytes(Path.Combine(SampleData.TinyLlama, "tokenizer.model")));
        Dictionary<string, int> ids = model.Pieces.Select((piece, id) => (piece.Text, id)).ToDictionary(p => p.Text, p => p.id);
        IEnumerable<string[]> merges = model.Pieces.Where(piece => piece.Type == SentencePieceType.Normal).OrderByDescending(piece => piece.Score).SelectMany(
            piece => Enumerable.Range(1, piece.Text.Length - 1).Select(i => new[] { piece.Text[..i], piece.Text[i..] }).Where(m => ids.ContainsKey(m[0]) && ids.ContainsKey(m[1])));
        folder.Write("tokenizer.json", JsonSerializer.Serialize(new
        {
            added_tokens = new[] { "<unk>", "<s>", "</s>" }.Select((content, id) => new { id, content, special = true }),
            normalizer = new
            {
                type = "Sequence",
                normalizers = new object[] { new { type = "Prepend", prepend = "▁" }, new { type = "Replace", pattern = new { String = " " }, content = "▁" } },
            },
            model = new { type = "BPE", unk_token = "<unk>", byte_fallback = true, vocab = ids, merges },
        }));
        folder.Write("tokenizer_config.json", """{"bos_token":{"content":"<s>"},"eos_token":"</s>","add_bos_token":true}""");
        ModelTokenizer expected = ModelTokenizer.Load(SampleData.TinyLlama);
        ModelTokenizer actual = ModelTokenizer.Load(folder);
        Assert.Equal((1, 2, 8_000), (Assert.Single(actual.PrefixIds.ToArray()), actual.EndOfSequenceId, actual.VocabularySize));
        foreach (string text in GoldenFiles.Texts)
        {
            Assert.Equal(expected.Encode(text), actual.Encode(text));
            Assert.Equal(expected.Encode(text, continues: true), actual.Encode(text, continues: true));
            Assert.Equal(text, actual.Decode([.. actual.Encode(text)]));
        }
    }

    [Fact]
    public void A_tiktoken_file_gives_the_ids_of_its_ranks()
    {
        using TemporaryFolder folder = new();
        string[] tokens = [.. Enumerable.Range(0, 256).Select(b => Convert.ToBase64String([(byte)b])), .. new[] { "ab", " ab", "abab" }.Select(t => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(t)))];
        string path = folder.Write("own.tiktoken", string.Concat(tokens.Select((token, id) => $"{token} {id}\n")));
        ModelTokenizer tokenizer = ModelTokenizer.LoadTiktoken(path, @" ?\p{L}+|[\s\S]", new Dictionary<string, int> { ["<end>"] = 300 }, "<end>");
        Assert.Equal([258, 257, '<', 'e', 'n', 'd', '>'], tokenizer.Encode("abab ab<end>").Select(id => id));
        Assert.Equal((300, 301), (tokenizer.EndOfSequenceId, tokenizer.VocabularySize));
        Assert.Contains("259 tokens", Assert.Throws<NotSupportedException>(() => ModelTokenizer.Load(folder)).Message, StringComparison.Ordinal);
        File.AppendAllText(path, "YQ== 7\n");
        Assert.StartsWith($"{path}:260: 'YQ== 7' is not a token", Assert.Throws<InvalidDataException>(() => ModelTokenizer.Load(folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"type\":\"BPE\"", "\"type\":\"WordPiece\"", "the model 'WordPiece'")]
    [InlineData("\"type\":\"NFC\"", "\"type\":\"Lowercase\"", "the normalizer 'Lowercase'")]
    [InlineData("\"type\":\"ByteLevel\",\"add_prefix_space\":false", "\"type\":\"Punctuation\",\"add_prefix_space\":true", "the pre-tokenizer 'Punctuation'")]
    [InlineData("\"behavior\":\"Isolated\"", "\"behavior\":\"Merged\"", "the behavior 'Merged'")]
    [InlineData("\"dropout\":null", "\"dropout\":0.1", "dropout")]
    [InlineData("\"end_of_word_suffix\":\"\"", "\"end_of_word_suffix\":\"</w>\"", "end_of_word_suffix")]
    [InlineData("\"post_processor\":null", "\"post_processor\":{\"type\":\"RobertaProcessing\"}", "the post_processor 'RobertaProcessing'")]
    public void What_is_not_supported_is_refused_by_its_name(string part, string other, string expected)
    {
        using TemporaryFolder folder = new();
        string json = File.ReadAllText(Path.Combine(GoldenFiles.Folder, "small-qwen", "tokenizer.json"));
        Assert.Contains(part, json, StringComparison.Ordinal);
        string path = folder.Write("tokenizer.json", json.Replace(part, other, StringComparison.Ordinal));
        NotSupportedException error = Assert.Throws<NotSupportedException>(() => ModelTokenizer.Load(folder));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0,"b":-1},"merges":[]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{},"merges":[]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":["a b"]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["a"]}}""")]
    public void A_damaged_tokenizer_json_is_an_error_that_names_the_file(string json)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("tokenizer.json", json);
        Assert.Contains(path, Assert.Throws<InvalidDataException>(() => ModelTokenizer.Load(folder)).Message, StringComparison.Ordinal);
    }

    private static void AssertEqual(string folder, string name)
    {
        ModelTokenizer tokenizer = ModelTokenizer.Load(folder);
        JsonElement[] expected = [.. Ids.GetProperty(name).EnumerateArray()];
        for (int i = 0; i < GoldenFiles.Texts.Length; i++)
        {
            if (expected[i].ValueKind != JsonValueKind.Null)
            {
                Assert.Equal(expected[i].Deserialize<int[]>(), tokenizer.Encode(GoldenFiles.Texts[i]));
                string text = tokenizer.Decode([.. tokenizer.Encode(GoldenFiles.Texts[i])]);
                Assert.True(text == GoldenFiles.Texts[i] || text == GoldenFiles.Texts[i].Normalize(), text);
            }
        }
    }
}
