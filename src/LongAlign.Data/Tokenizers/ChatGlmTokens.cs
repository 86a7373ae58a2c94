namespace LongAlign.Data;

/// <summary>The special tokens of ChatGLM3, which stand in its code and not in its files: they follow the pieces of its SentencePiece model.</summary>
internal static class ChatGlmTokens
{
    private static readonly string[] Names =
    [
        "[MASK]", "[gMASK]", "[sMASK]", "sop", "eop", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>",
    ];

    public static TokenizerParts AddTo(TokenizerParts parts)
    {
        Dictionary<string, int> tokens = new(parts.SpecialTokens);
        for (int i = 0; i < Names.Length; i++)
        {
            tokens[Names[i]] = parts.VocabularySize + i;
        }

        return parts with { SpecialTokens = tokens, VocabularySize = parts.VocabularySize + Names.Length };
    }

    /// <summary>The ids that begin every sequence.</summary>
    public static int[] Prefix(TokenizerParts parts) => [parts.IdOf("[gMASK]"), parts.IdOf("sop")];
}
