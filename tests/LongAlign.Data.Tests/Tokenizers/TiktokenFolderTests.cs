using System.Text;

namespace LongAlign.Data.Tests;

/// <summary>Tiktoken files whose pattern and special tokens are known from their size.</summary>
[Trait("Speed", "Slow")]
public sealed class TiktokenFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void With_128_000_tokens_a_file_is_Llama_3s()
    {
        Write("tokenizer.model", 128_000);
        ModelTokenizer tokenizer = ModelTokenizer.Load(_folder);
        Assert.Equal([128_000], tokenizer.PrefixIds.ToArray());
        Assert.Equal((128_001, 128_256, 256), (tokenizer.EndOfSequenceId, tokenizer.VocabularySize, tokenizer.SpecialTokens.Count));
        Assert.Equal(
            (128_006, 128_007, 128_009, 128_010, 128_255),
            (tokenizer.SpecialTokens["<|start_header_id|>"], tokenizer.SpecialTokens["<|end_header_id|>"], tokenizer.SpecialTokens["<|eot_id|>"],
             tokenizer.SpecialTokens["<|reserved_special_token_5|>"], tokenizer.SpecialTokens["<|reserved_special_token_250|>"]));

        // Numbers of up to three digits are one word.
        Assert.Equal([Pair("12"), '3', Pair("45")], tokenizer.Encode("12345"));
    }

    [Fact]
    public void With_151_643_tokens_a_file_is_Qwens()
    {
        Write("qwen.tiktoken", 151_643);
        ModelTokenizer tokenizer = ModelTokenizer.Load(_folder);
        Assert.True(tokenizer.PrefixIds.IsEmpty);
        Assert.Equal((151_643, 151_851), (tokenizer.EndOfSequenceId, tokenizer.VocabularySize));
        Assert.Equal((151_644, 151_645, 151_646, 151_850), (tokenizer.SpecialTokens["<|im_start|>"], tokenizer.SpecialTokens["<|im_end|>"], tokenizer.SpecialTokens["<|extra_0|>"], tokenizer.SpecialTokens["<|extra_204|>"]));
        Assert.Equal(['1', '2', Pair("ab")], tokenizer.Encode("12ab"));
    }

    [Fact]
    public void An_empty_file_is_an_error()
    {
        string path = _folder.Write("own.tiktoken", "");
        Assert.StartsWith($"{path} is empty", Assert.Throws<InvalidDataException>(() => ModelTokenizer.Load(_folder)).Message, StringComparison.Ordinal);
    }

    private static int Pair(string text) => 256 + (256 * text[0]) + text[1];

    /// <summary>All bytes, all pairs of bytes, and as many of three as are missing.</summary>
    private void Write(string name, int count)
    {
        StringBuilder lines = new();
        for (int id = 0; id < count; id++)
        {
            int pair = id - 256;
            int triple = pair - 65_536;
            byte[] token = pair < 0 ? [(byte)id] : triple < 0 ? [(byte)(pair >> 8), (byte)pair] : [(byte)(1 + (triple >> 16)), (byte)(triple >> 8), (byte)triple];
            lines.Append(Convert.ToBase64String(token)).Append(' ').Append(id).Append('\n');
        }

        _folder.Write(name, lines.ToString());
    }
}
