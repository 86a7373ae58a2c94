using System.Text;

namespace LongAlign.Data;

/// <summary>A tiktoken file: on each line a token in Base64, a space and its id. The size tells which of the known ones it is, and so what else it needs.</summary>
internal static class TiktokenFile
{
    private const string Words = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}";
    private const string Rest = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Llama 3: numbers of up to three digits.</summary>
    public const string Llama3Pattern = Words + "{1,3}" + Rest;

    /// <summary>Qwen: single digits.</summary>
    public const string QwenPattern = Words + Rest;

    /// <summary>Whether a file looks like one.</summary>
    public static bool IsTiktoken(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)'\n');
        return end > 0 && TryParse(Encoding.Latin1.GetString(bytes[..end]), out _, out _);
    }

    /// <summary>A file whose pattern and special tokens are known from how many tokens it has: Llama 3 and Qwen.</summary>
    /// <returns>The tokenizer, and the names of the tokens that begin and end a sequence.</returns>
    public static (TokenizerParts Parts, string[] Prefix, string End) Load(string path)
    {
        List<byte[]> tokens = Read(path);
        return tokens.Count switch
        {
            128_000 => (Create(path, tokens, Llama3Pattern, Llama3Tokens()), ["<|begin_of_text|>"], "<|end_of_text|>"),
            151_643 => (Create(path, tokens, QwenPattern, QwenTokens()), [], "<|endoftext|>"),
            _ => throw new NotSupportedException(
                $"{path} has {tokens.Count} tokens; the pattern and special tokens of such a file are not known. Known are those of Llama 3 (128000) and Qwen (151643); for others use {nameof(ModelTokenizer)}.{nameof(ModelTokenizer.LoadTiktoken)}."),
        };
    }

    public static TokenizerParts Load(string path, string pattern, IReadOnlyDictionary<string, int> specialTokens)
        => Create(path, Read(path), pattern, specialTokens);

    private static TokenizerParts Create(string path, List<byte[]> tokens, string pattern, IReadOnlyDictionary<string, int> specialTokens)
    {
        PatternCompiler patterns = new(path);
        WordStep words = new(patterns.ToCutter([patterns.Compile(pattern)]), null);
        Dictionary<string, int> ids = [];
        foreach ((int id, byte[] token) in tokens.Index())
        {
            if (!ids.TryAdd(ByteLevelAlphabet.Write(token), id))
            {
                throw new InvalidDataException($"{path}:{id + 1}: the token is there before; expected each once.");
            }
        }

        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        BpeMerges merges = new(4 * ids.Count);
        foreach ((string token, int id) in ids)
        {
            for (int i = 1; i < token.Length; i++)
            {
                if (lookup.TryGetValue(token.AsSpan(0, i), out int left) && lookup.TryGetValue(token.AsSpan(i), out int right))
                {
                    merges.Add(left, right, id, id);
                }
            }
        }

        BpeModel model = new(ids, merges) { Alphabet = [.. Enumerable.Range(0, 256).Select(b => ids[ByteLevelAlphabet.Write([(byte)b])])], TakesWholeWords = true };
        return new TokenizerParts
        {
            Encoder = new TokenizerPipeline([], [words], model),
            SpecialTokens = specialTokens,
            TokenBytes = [.. tokens],
            VocabularySize = Math.Max(tokens.Count, specialTokens.Count > 0 ? specialTokens.Values.Max() + 1 : 0),
        };
    }

    private static List<byte[]> Read(string path)
    {
        List<byte[]> tokens = [];
        foreach (string line in File.ReadLines(path, Encoding.Latin1))
        {
            if (!TryParse(line, out byte[]? token, out int id) || id != tokens.Count)
            {
                throw new InvalidDataException(
                    $"{path}:{tokens.Count + 1}: '{(line.Length > 40 ? line[..40] + "…" : line)}' is not a token; expected Base64, a space and the id {tokens.Count}.");
            }

            tokens.Add(token);
        }

        if (tokens.Count == 0)
        {
            throw new InvalidDataException($"{path} is empty; expected a token in Base64 and its id on each line.");
        }

        HashSet<byte> bytes = [.. tokens.Where(token => token.Length == 1).Select(token => token[0])];
        return bytes.Count == 256 ? tokens : throw new InvalidDataException($"{path} has tokens for {bytes.Count} of the 256 bytes; text with others would be lost.");
    }

    private static bool TryParse(string line, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out byte[]? token, out int id)
    {
        string[] parts = line.Split(' ');
        token = null;
        id = 0;
        if (parts.Length != 2 || parts[0].Length == 0
            || !int.TryParse(parts[1].AsSpan().TrimEnd('\r'), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out id))
        {
            return false;
        }

        byte[] buffer = new byte[parts[0].Length];
        if (!Convert.TryFromBase64String(parts[0], buffer, out int length))
        {
            return false;
        }

        token = buffer[..length];
        return true;
    }

    private static Dictionary<string, int> Llama3Tokens()
    {
        string[] named =
        [
            "<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>", "<|reserved_special_token_1|>", "<|reserved_special_token_2|>",
            "<|reserved_special_token_3|>", "<|start_header_id|>", "<|end_header_id|>", "<|reserved_special_token_4|>", "<|eot_id|>",
        ];
        IEnumerable<string> reserved = Enumerable.Range(5, 256 - named.Length).Select(i => $"<|reserved_special_token_{i}|>");
        return named.Concat(reserved).Select((token, i) => (token, i)).ToDictionary(t => t.token, t => 128_000 + t.i);
    }

    private static Dictionary<string, int> QwenTokens()
    {
        string[] named = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];
        IEnumerable<string> extra = Enumerable.Range(0, 205).Select(i => $"<|extra_{i}|>");
        return named.Concat(extra).Select((token, i) => (token, i)).ToDictionary(t => t.token, t => 151_643 + t.i);
    }
}
