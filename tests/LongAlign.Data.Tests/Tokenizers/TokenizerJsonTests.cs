using System.Text;
using System.Text.Json.Nodes;

namespace LongAlign.Data.Tests;

/// <summary>Each part that a tokenizer.json may have, on a byte-level vocabulary that fits on a line.</summary>
public sealed class TokenizerJsonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Where_ByteLevel_is_not_told_otherwise_words_are_those_of_GPT2()
    {
        ModelTokenizer tokenizer = Load(["e '", "' s", "h e"]);
        Assert.Equal(["he", "'s"], Tokens(tokenizer, "he's"));
        Assert.Equal(["h", "e'", "s"], Tokens(Load(["e '", "' s", "h e"], json => json["pre_tokenizer"]!["use_regex"] = false), "he's"));
    }

    [Theory]
    [InlineData("NFC", NormalizationForm.FormC)]
    [InlineData("NFD", NormalizationForm.FormD)]
    [InlineData("NFKC", NormalizationForm.FormKC)]
    [InlineData("NFKD", NormalizationForm.FormKD)]
    public void Text_is_normalized_as_the_file_says(string type, NormalizationForm form)
    {
        const string Text = "ﬁne café cafe\u0301 ㎏";
        Assert.Equal(Text.Normalize(form), Decoded(Load([], json => json["normalizer"] = Part(type)), Text));
        JsonNode both = new JsonObject { ["type"] = "Sequence", ["normalizers"] = new JsonArray(Part("NFD"), Part(type)) };
        Assert.Equal(Text.Normalize(form), Decoded(Load([], json => json["normalizer"] = both), Text));
    }

    [Theory]
    [InlineData(true, "a", "1", "2", "b", "3")]
    [InlineData(false, "a", "12", "b", "3")]
    public void Digits_are_cut_one_by_one_or_together(bool areSingle, params string[] expected)
        => Assert.Equal(expected, Tokens(Load(["1 2", "a 1", "b 3"], Before(new JsonObject { ["type"] = "Digits", ["individual_digits"] = areSingle })), "a12b3"));

    [Theory]
    [InlineData("String", "-", "Isolated", false)]
    [InlineData("Regex", "-", "Isolated", false)]
    [InlineData("Regex", "[^-]+|-", "Removed", true)]
    public void A_split_keeps_what_matches_and_what_does_not(string kind, string pattern, string behavior, bool isInverted)
    {
        JsonObject split = new() { ["type"] = "Split", ["pattern"] = new JsonObject { [kind] = pattern }, ["behavior"] = behavior, ["invert"] = isInverted };
        Assert.Equal(["a", "-", "ab"], Tokens(Load(["a -", "- a", "a b"], Before(split)), "a-ab"));
    }

    [Fact]
    public void A_pattern_that_is_not_known_is_refused()
    {
        JsonObject split = new() { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = @"\X" }, ["behavior"] = "Isolated" };
        NotSupportedException error = Assert.Throws<NotSupportedException>(() => Load([], Before(split)));
        Assert.StartsWith($@"{_folder.File("tokenizer.json")} has the pattern \X", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_template_puts_before_the_text_is_the_prefix()
    {
        JsonNode template = JsonNode.Parse("""
            {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
             "special_tokens":{"<s>":{"id":"<s>","ids":[300,301],"tokens":["<s>","<t>"]}}}
            """)!;
        Assert.Equal([300, 301], Load([], json => json["post_processor"] = template.DeepClone()).PrefixIds.ToArray());
        JsonNode sequence = new JsonObject { ["type"] = "Sequence", ["processors"] = new JsonArray(Part("ByteLevel"), template.DeepClone()) };
        Assert.Equal([300, 301], Load([], json => json["post_processor"] = sequence).PrefixIds.ToArray());
        Assert.Empty(Load([], json => json["post_processor"] = new JsonObject { ["type"] = "Sequence", ["processors"] = new JsonArray(Part("ByteLevel")) }).PrefixIds.ToArray());

        template["single"]!.AsArray().Add(JsonNode.Parse("""{"SpecialToken":{"id":"<s>","type_id":0}}"""));
        Assert.Contains("puts tokens behind the text", Assert.Throws<NotSupportedException>(() => Load([], json => json["post_processor"] = template.DeepClone())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("always", false)]
    [InlineData("first", true)]
    [InlineData("never", true)]
    public void Spaces_of_Metaspace_begin_words_by_its_scheme(string scheme, bool continues)
    {
        ModelTokenizer tokenizer = LoadSentencePiece(json => json["pre_tokenizer"] = new JsonObject { ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = scheme, ["split"] = false });
        Assert.Equal(scheme == "never" ? ["a", "▁a"] : ["▁a", "▁a"], SentencePieces(tokenizer, "a a"));
        Assert.Equal([scheme == "never" ? "a" : "▁a", "<x>", continues ? "a" : "▁a"], SentencePieces(tokenizer, "a<x>a"));
    }

    [Fact]
    public void Spaces_may_be_replaced_by_normalizers()
    {
        JsonNode Replace() => JsonNode.Parse("""{"type":"Replace","pattern":{"String":" "},"content":"▁"}""")!;
        JsonNode split = JsonNode.Parse("""{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithPrevious","invert":false}""")!;
        ModelTokenizer prepending = LoadSentencePiece(json => json["normalizer"] = new JsonObject { ["type"] = "Sequence", ["normalizers"] = new JsonArray(JsonNode.Parse("""{"type":"Prepend","prepend":"▁"}"""), Replace()) });
        Assert.Equal(["▁a", "▁a", "<x>", "▁a", "<0xC3>", "<0xA9>"], SentencePieces(prepending, "a a<x>aé"));
        ModelTokenizer plain = LoadSentencePiece(json => (json["normalizer"], json["pre_tokenizer"]) = (Replace(), split));
        Assert.Equal(["a", "▁a", "<x>", "a"], SentencePieces(plain, "a a<x>a"));
    }

    [Fact]
    public void A_scheme_that_is_not_known_is_refused()
    {
        JsonObject metaspace = new() { ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = "last", ["split"] = false };
        Assert.Contains("the prepend_scheme 'last'", Assert.Throws<NotSupportedException>(() => LoadSentencePiece(json => json["pre_tokenizer"] = metaspace)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vocabulary_without_all_bytes_is_refused()
    {
        Assert.Contains("has no token for the byte 0x41", Assert.Throws<NotSupportedException>(() => Load([], json => Rename(json, "A"))).Message, StringComparison.Ordinal);
        Assert.Contains("<0x00> to <0xFF>", Assert.Throws<NotSupportedException>(() => LoadSentencePiece(json =>
        {
            json["pre_tokenizer"] = new JsonObject { ["type"] = "Metaspace", ["replacement"] = "▁", ["split"] = false };
            Rename(json, "<0x41>");
        })).Message, StringComparison.Ordinal);

        static void Rename(JsonObject json, string token)
        {
            JsonObject vocabulary = json["model"]!["vocab"]!.AsObject();
            vocabulary["(another)"] = (int)vocabulary[token]!;
            vocabulary.Remove(token);
        }
    }

    [Fact]
    public void The_configuration_adds_tokens()
    {
        _folder.Write("tokenizer_config.json", """
            {"eos_token":{"content":"<end>"},"pad_token":"<pad>","added_tokens_decoder":{
             "301":{"content":"<end>","special":true},"302":{"content":"<pad>","special":false},"303":{"content":"<think>","special":false}}}
            """);
        ModelTokenizer tokenizer = Load([]);
        Assert.Equal((301, 304), (tokenizer.EndOfSequenceId, tokenizer.VocabularySize));
        Assert.Equal(["<end>", "<pad>", "<s>"], tokenizer.SpecialTokens.Keys.Order());
        Assert.Equal(['a', 303, .. Encoding.ASCII.GetBytes("<pad>")], tokenizer.Encode("a<think><pad>"));
        Assert.Equal("a<think>", tokenizer.Decode([.. tokenizer.Encode("a<think>"), 301]));

        string path = _folder.Write("tokenizer_config.json", """{"eos_token":"<end>","added_tokens_decoder":{"four":{"content":"<end>"}}}""");
        Assert.StartsWith($"{path}: 'four' in added_tokens_decoder is not an id", Assert.Throws<InvalidDataException>(() => Load([])).Message, StringComparison.Ordinal);
        _folder.Write("tokenizer_config.json", """{"eos_token":"<end>","added_tokens_decoder":{"4":{"content":""}}}""");
        Assert.Contains("the added token 4 without text", Assert.Throws<InvalidDataException>(() => Load([])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"eos_token_id":7}""", 7)]
    [InlineData("""{"eos_token_id":[9,7]}""", 9)]
    public void The_end_may_be_told_by_the_model(string config, int end)
    {
        _folder.Write("tokenizer_config.json", "{}");
        _folder.Write("config.json", config);
        Assert.Equal(end, Load([]).EndOfSequenceId);
    }

    [Fact]
    public void Tokens_that_are_asked_for_and_are_not_there_are_an_error()
    {
        _folder.Write("tokenizer_config.json", """{"eos_token":"<none>"}""");
        Assert.Contains("does not say which token ends a sequence", Assert.Throws<InvalidDataException>(() => Load([])).Message, StringComparison.Ordinal);
        _folder.Write("tokenizer_config.json", """{"eos_token":"<s>","bos_token":"<none>","add_bos_token":true}""");
        Assert.Contains("its bos_token '<none>' is not a token", Assert.Throws<InvalidDataException>(() => Load([])).Message, StringComparison.Ordinal);
        _folder.Write("tokenizer_config.json", """{"eos_token":"<s>","bos_token":"<s>","add_bos_token":true}""");
        Assert.Equal([300], Load([]).PrefixIds.ToArray());
        string path = _folder.Write("tokenizer_config.json", "{");
        Assert.StartsWith($"{path} is not JSON", Assert.Throws<InvalidDataException>(() => Load([])).Message, StringComparison.Ordinal);
    }

    private static JsonObject Part(string type) => new() { ["type"] = type };

    /// <summary>A pre-tokenizer, and then ByteLevel without a pattern of its own.</summary>
    private static Action<JsonObject> Before(JsonObject preTokenizer) => json => json["pre_tokenizer"] = new JsonObject
    {
        ["type"] = "Sequence",
        ["pretokenizers"] = new JsonArray(preTokenizer, new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = false }),
    };

    private static string Decoded(ModelTokenizer tokenizer, string text) => tokenizer.Decode([.. tokenizer.Encode(text)]);

    private static IEnumerable<string> Tokens(ModelTokenizer tokenizer, string text) => tokenizer.Encode(text).Select(id => tokenizer.Decode([id]));

    private IEnumerable<string> SentencePieces(ModelTokenizer tokenizer, string text)
    {
        JsonNode json = JsonNode.Parse(File.ReadAllText(_folder.File("tokenizer.json")))!;
        Dictionary<int, string> names = json["model"]!["vocab"]!.AsObject().ToDictionary(token => (int)token.Value!, token => token.Key);
        names[300] = "<x>";
        return tokenizer.Encode(text).Select(id => names[id]);
    }

    /// <summary>Bytes have their own value as id, merges follow from 256 on, and 300 is special.</summary>
    private ModelTokenizer Load(string[] merges, Action<JsonObject>? change = null)
    {
        JsonObject vocabulary = [];
        for (int b = 0; b < 256; b++)
        {
            vocabulary[ByteLevelAlphabet.CharacterOf((byte)b).ToString()] = b;
        }

        return Load(vocabulary, merges, new JsonObject { ["id"] = 300, ["content"] = "<s>", ["special"] = true }, json =>
        {
            json["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false };
            change?.Invoke(json);
        });
    }

    private ModelTokenizer LoadSentencePiece(Action<JsonObject> change)
    {
        JsonObject vocabulary = [];
        for (int b = 0; b < 256; b++)
        {
            vocabulary[$"<0x{b:X2}>"] = b;
        }

        vocabulary["▁"] = 260;
        vocabulary["a"] = 261;
        return Load(vocabulary, ["▁ a"], new JsonObject { ["id"] = 300, ["content"] = "<x>", ["special"] = false }, change);
    }

    private ModelTokenizer Load(JsonObject vocabulary, string[] merges, JsonObject added, Action<JsonObject> change)
    {
        foreach ((string merge, int i) in merges.Select((merge, i) => (merge, i)))
        {
            vocabulary[merge.Replace(" ", "", StringComparison.Ordinal)] = 270 + i;
        }

        // Added tokens follow the vocabulary, which has no gaps.
        HashSet<int> known = [.. vocabulary.Select(token => (int)token.Value!)];
        foreach (int id in Enumerable.Range(0, (int)added["id"]!).Where(id => !known.Contains(id)))
        {
            vocabulary[$"(no {id})"] = id;
        }

        JsonObject json = new()
        {
            ["added_tokens"] = new JsonArray(added),
            ["model"] = new JsonObject { ["type"] = "BPE", ["byte_fallback"] = vocabulary.ContainsKey("▁"), ["vocab"] = vocabulary, ["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode)merge)]) },
        };
        change(json);
        _folder.Write("tokenizer.json", json.ToJsonString());
        if (!File.Exists(_folder.File("tokenizer_config.json")))
        {
            _folder.Write("tokenizer_config.json", """{"eos_token":"<s>"}""");
        }

        if (vocabulary.ContainsKey("▁"))
        {
            _folder.Write("tokenizer_config.json", "{}");
            _folder.Write("config.json", """{"eos_token_id":0}""");
        }

        return ModelTokenizer.Load(_folder);
    }
}
