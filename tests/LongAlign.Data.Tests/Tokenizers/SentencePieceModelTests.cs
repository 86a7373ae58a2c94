using Microsoft.ML.Tokenizers;

namespace LongAlign.Data.Tests;

/// <summary>Kinds of SentencePiece models. Protocol buffers laid together are merged, so that a field behind the sample's model overrides it.</summary>
public sealed class SentencePieceModelTests : IDisposable
{
    private static readonly byte[] Whole = File.ReadAllBytes(Path.Combine(SampleData.TinyLlama, "tokenizer.model"));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Unigram_is_the_packages_tokenizer(bool addsDummyPrefix)
    {
        byte[] bytes = [.. Whole, .. Trainer(3, 1), .. Normalizer(3, addsDummyPrefix ? (byte)1 : (byte)0)];
        _folder.Write("tokenizer.model", bytes);
        ModelTokenizer tokenizer = ModelTokenizer.Load(_folder);
        using MemoryStream stream = new(bytes);
        SentencePieceTokenizer expected = SentencePieceTokenizer.Create(stream, addBeginningOfSentence: false, addEndOfSentence: false);
        const string Text = "Two words, and a third.";
        Assert.Equal(expected.EncodeToIds(Text), tokenizer.Encode(Text));
        Assert.NotEqual(ModelTokenizer.Load(SampleData.TinyLlama).Encode(Text), tokenizer.Encode(Text));
        Assert.Equal(Text, tokenizer.Decode([.. tokenizer.Encode(Text)]));

        // Behind other text a word begins without a space of its own.
        IReadOnlyList<int> continuing = tokenizer.Encode("Two", continues: true);
        Assert.Equal(!addsDummyPrefix, tokenizer.Encode("Two").SequenceEqual(continuing));
        Assert.Equal(3, continuing.Sum(id => tokenizer.Bytes(id)!.Length));
    }

    [Fact]
    public void Models_of_another_kind_are_refused_by_their_number()
        => AssertRefused("its model type is 3; expected Unigram (1), BPE (2) or characters (4)", Trainer(3, 3));

    [Fact]
    public void What_is_not_supported_is_refused_by_its_name()
    {
        AssertRefused("treat_whitespace_as_suffix", [0x12, 0x03, 0xC0, 0x01, 0x01]);
        AssertRefused("denormalizer_spec", [0x2A, 0x03, 0x12, 0x01, 0x41]);
        string path = _folder.Write("tokenizer.model", [.. Whole, 0x1A, 0x03, 0x12, 0x01, 0x41]); // precompiled_charsmap: "A"
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => ModelTokenizer.Load(_folder));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("precompiled_charsmap is damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Spaces_may_stay_spaces()
    {
        _folder.Write("tokenizer.model", [.. Whole, .. Normalizer(5, 0)]); // escape_whitespaces: false
        ModelTokenizer tokenizer = ModelTokenizer.Load(_folder);
        Assert.Equal("a b", tokenizer.Decode([.. tokenizer.Encode("a b")]));
    }

    [Fact]
    public void Without_ids_of_its_own_the_configuration_names_the_end()
    {
        byte[] none = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01];
        _folder.Write("tokenizer.model", [.. Whole, 0x12, 0x18, 0xC8, 0x02, .. none, 0xD0, 0x02, .. none]); // bos_id: -1, eos_id: -1
        ModelTokenizer tokenizer = ModelTokenizer.Load(_folder);
        Assert.True(tokenizer.PrefixIds.IsEmpty);
        Assert.Equal(2, tokenizer.EndOfSequenceId); // </s>
    }

    [Fact]
    public void ChatGLM_has_nine_tokens_behind_the_model_and_two_before_a_text()
    {
        _folder.Write("tokenizer.model", Whole);
        _folder.Write("tokenizer_config.json", """{"tokenizer_class":"ChatGLMTokenizer"}""");
        ModelTokenizer tokenizer = ModelTokenizer.Load(_folder);
        Assert.Equal([8_001, 8_003], tokenizer.PrefixIds.ToArray());
        Assert.Equal((2, 8_009), (tokenizer.EndOfSequenceId, tokenizer.VocabularySize));
        Assert.Equal((8_000, 8_006, 8_008), (tokenizer.SpecialTokens["[MASK]"], tokenizer.SpecialTokens["<|user|>"], tokenizer.SpecialTokens["<|observation|>"]));
        Assert.All(tokenizer.Encode("[gMASK]<|user|>"), id => Assert.True(id < 8_000));
    }

    private static byte[] Trainer(byte field, byte value) => [0x12, 0x02, (byte)(field << 3), value];

    private static byte[] Normalizer(byte field, byte value) => [0x1A, 0x02, (byte)(field << 3), value];

    private void AssertRefused(string expected, byte[] field)
    {
        string path = _folder.Write("tokenizer.model", [.. Whole, .. field]);
        NotSupportedException error = Assert.Throws<NotSupportedException>(() => ModelTokenizer.Load(_folder));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
