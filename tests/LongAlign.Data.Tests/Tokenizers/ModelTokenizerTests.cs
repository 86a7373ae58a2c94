using CsCheck;
using LongAlign.Sequences;

namespace LongAlign.Data.Tests;

/// <summary>The SentencePiece tokenizer of samples/data/tiny-llama, and what folders may lack.</summary>
public sealed class ModelTokenizerTests
{
    /// <summary>Before the byte tokens stand the special ones: unknown, begin, end.</summary>
    private const int ByteTokens = 3;

    private const int Bytes = 256;

    private static readonly ModelTokenizer Tokenizer = ModelTokenizer.Load(SampleData.TinyLlama);

    [Fact]
    public void A_folder_gives_the_ids_that_begin_and_end_and_the_size_of_the_vocabulary()
    {
        Assert.Equal([1], Tokenizer.PrefixIds.ToArray());
        Assert.Equal(2, Tokenizer.EndOfSequenceId);
        Assert.Equal(8_000, Tokenizer.VocabularySize);
    }

    [Fact]
    public void Copied_files_make_a_folder_whose_tokenizer_is_the_same_and_weights_stay_behind()
    {
        using TemporaryFolder from = new();
        using TemporaryFolder to = new();
        ModelTokenizer.CopyFiles(SampleData.TinyLlama, from);
        from.Write("model.safetensors", "weights");
        from.Write("chat_template.jinja", "template");
        to.Write("tokenizer.model", "an older one");
        ModelTokenizer.CopyFiles(from, to);
        Assert.Equal("template", File.ReadAllText(to.File("chat_template.jinja")));
        Assert.False(File.Exists(to.File("model.safetensors")));
        Assert.Equal(File.ReadAllBytes(Path.Combine(SampleData.TinyLlama, "tokenizer.model")), File.ReadAllBytes(to.File("tokenizer.model")));
    }

    /// <summary>Ids printed by SentencePiece 0.1.97 (spm_encode --output_format=id; its Python binding for the text with line breaks).</summary>
    [Theory]
    [InlineData("The Pequod sailed from Nantucket.", new[] { 362, 2531, 6296, 419, 3241, 7947 })]
    [InlineData("Café déjà vu, naïve Über-Größe", new[] { 371, 6606, 198, 172, 296, 198, 172, 7958, 198, 163, 421, 7937, 7945, 300, 7928, 198, 178, 307, 7924, 198, 159, 791, 7954, 7963, 7931, 198, 185, 198, 162, 7925 })]
    [InlineData("In 1894 the budget was $315,599.98", new[] { 575, 7924, 7962, 7975, 7979, 7983, 262, 1359, 444, 665, 7981, 7962, 7980, 7945, 7980, 7979, 7979, 7947, 7979, 7975 })]
    [InlineData("First line.\nSecond line.\n\n\tTabbed", new[] { 2625, 1732, 7947, 13, 7953, 526, 815, 1732, 7947, 13, 13, 12, 7950, 381, 5443 })]
    [InlineData("   three spaces before  and two inside", new[] { 7924, 7924, 7924, 1267, 489, 7201, 824, 7924, 285, 821, 6867 })]
    [InlineData("Call me 👩‍🚀 or 😀!", new[] { 371, 457, 451, 7924, 243, 162, 148, 172, 229, 131, 144, 243, 162, 157, 131, 416, 7924, 243, 162, 155, 131, 7988 })]
    [InlineData("<s>[INST]Hi</s>[/INST]", new[] { 7924, 63, 7932, 65, 7999, 5442, 7953, 7950, 96, 7977, 7930, 63, 50, 7932, 65, 7999, 50, 5442, 7953, 7950, 96 })]
    [InlineData("\n\n[INST]x[/INST]", new[] { 7924, 13, 13, 7999, 5442, 7953, 7950, 96, 7952, 7999, 50, 5442, 7953, 7950, 96 })]
    [InlineData("trailing ", new[] { 1644, 4386, 7924 })]
    [InlineData(" ", new[] { 7924, 7924 })]
    [InlineData("a\u00A0b\u2028c", new[] { 261, 197, 163, 7944, 229, 131, 171, 7936 })]
    [InlineData("a\0b", new[] { 261, 3, 7944 })]
    [InlineData("eeeeeee tttttttt", new[] { 306, 2368, 2368, 2368, 259, 7563, 7563, 7563, 7926 })]
    [InlineData("======= -----", new[] { 7924, 64, 64, 64, 64, 64, 64, 64, 2116, 4705, 7954 })]
    [InlineData("", new int[0])]
    public void Ids_equal_those_of_SentencePiece(string text, int[] ids) => Assert.Equal(ids, Tokenizer.Encode(text));

    [Theory]
    [InlineData("<s>")]
    [InlineData("</s>")]
    [InlineData("<unk>")]
    [InlineData("<pad>")]
    [InlineData("[INST]")]
    [InlineData("<0x0A>")]
    [InlineData("a</s>b <s> c")]
    public void Departure_TK_6_special_strings_in_texts_never_become_special_ids(string text)
    {
        Assert.DoesNotContain(Tokenizer.Encode(text), id => id < ByteTokens);
        Assert.Equal(text, Tokenizer.Decode([.. Tokenizer.Encode(text)]));
        TokenSequence sequence = Tokenize(Conversations.Of(text, text));
        Assert.Equal([1], sequence.InputIds.ToArray().Where(id => id is 0 or 1));
        Assert.Equal(1, sequence.InputIds.Count(Tokenizer.EndOfSequenceId));
        Assert.Equal(Tokenizer.EndOfSequenceId, sequence.InputIds[^1]);
    }

    [Fact]
    public void Departure_TK_7_an_answer_has_the_same_tokens_whatever_stands_before_it()
    {
        const string Answer = "The white whale.";
        int[] alone = [.. Tokenizer.Encode(Answer), Tokenizer.EndOfSequenceId];
        foreach (string question in new[] { "", "Who", "Who ", "Who\n", "Who</s>", "😀" })
        {
            TokenSequence sequence = Tokenize(Conversations.Of(question, Answer, question, Answer));
            Assert.Equal([.. alone, .. alone], sequence.Labels.ToArray().Where(label => label != TokenSequence.IgnoreIndex));
        }
    }

    [Theory]
    [InlineData("😀")]
    [InlineData("👩‍🚀🏴‍☠️")]
    [InlineData("你好，世界")]
    [InlineData("می‌خواهم")]
    [InlineData("\0\u0007\t\r\n")]
    public void What_the_vocabulary_lacks_goes_through_bytes_and_comes_back(string text)
    {
        IReadOnlyList<int> ids = Tokenizer.Encode(text);
        Assert.DoesNotContain(0, ids);
        Assert.Contains(ids, id => id is >= ByteTokens and < ByteTokens + Bytes);
        Assert.Equal(text, Tokenizer.Decode([.. ids]));
    }

    [Fact]
    public void Any_text_comes_back_from_its_ids_which_lie_in_the_vocabulary()
        => Gen.OneOf("a", "Z9", " ", "  ", "\n", "é", "—", "😀", "</s>", "whale", "你", "\u200D", "\uFEFF").Array[1, 12].Select(string.Concat).Sample(text =>
        {
            IReadOnlyList<int> ids = Tokenizer.Encode(text);
            Assert.All(ids, id => Assert.InRange(id, ByteTokens, Tokenizer.VocabularySize - 1));
            Assert.Equal(text, Tokenizer.Decode([.. ids]));
        });

    [Fact]
    public void A_folder_without_a_tokenizer_is_named_with_what_is_there_instead()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        FileNotFoundException error = Assert.Throws<FileNotFoundException>(() => ModelTokenizer.Load(folder));
        Assert.Contains($"There is no tokenizer in {folder} (it has no file of that kind); expected tokenizer.model", error.Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), "{}");
        error = Assert.Throws<FileNotFoundException>(() => ModelTokenizer.Load(folder));
        Assert.Contains("(there is tokenizer_config.json); expected tokenizer.model", error.Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
        error = Assert.Throws<FileNotFoundException>(() => ModelTokenizer.Load(folder));
        Assert.Contains(folder, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000)]
    [InlineData(-1)]
    public void A_damaged_model_is_an_error_that_names_the_file(int length)
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        string path = Path.Combine(folder, "tokenizer.model");
        byte[] whole = File.ReadAllBytes(Path.Combine(SampleData.TinyLlama, "tokenizer.model"));
        File.WriteAllBytes(path, length < 0 ? [.. Enumerable.Repeat((byte)0x5A, 500)] : whole[..length]);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => ModelTokenizer.Load(folder));
        Assert.StartsWith($"{path} is not a readable SentencePiece model", error.Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_piece_without_text_which_every_text_would_hold_is_an_error()
    {
        using TemporaryFolder folder = new();
        byte[] userDefinedPiece = [0x0A, 0x02, 0x18, 0x04];
        string path = folder.Write("tokenizer.model", [.. File.ReadAllBytes(Path.Combine(SampleData.TinyLlama, "tokenizer.model")), .. userDefinedPiece]);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => ModelTokenizer.Load(folder));
        Assert.StartsWith($"{path} is not a readable SentencePiece model", error.Message, StringComparison.Ordinal);
        Assert.Contains("has no text", error.Message, StringComparison.Ordinal);
    }

    private static TokenSequence Tokenize(ChatConversation conversation)
        => new ChatDataset([conversation]).Tokenize(Tokenizer, ChatTemplate.LongAlignLlama, int.MaxValue)[0];
}
