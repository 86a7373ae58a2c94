namespace LongAlign.Data;

/// <summary>The pieces of a <see cref="SentencePieceBpe"/> and how text is made ready for them.</summary>
internal sealed record SentencePieceRules
{
    /// <summary>The ids of the pieces that text may become, bytes left out.</summary>
    public required IReadOnlyDictionary<string, int> Pieces { get; init; }

    /// <summary>Pairs of pieces with a space between them, in the order in which they are merged.</summary>
    public required IReadOnlyList<string> Merges { get; init; }

    /// <summary>The UTF-8 of each id; null for those that add nothing.</summary>
    public required byte[]?[] TokenBytes { get; init; }

    /// <summary>The ids of the 256 bytes; null where unknown characters become one unknown token.</summary>
    public int[]? ByteIds { get; init; }

    public int UnknownId { get; init; }

    /// <summary>Whether a space is put before every text.</summary>
    public bool AddsDummyPrefix { get; init; }

    /// <summary>Whether spaces at both ends, and all but one of several, are removed.</summary>
    public bool RemovesExtraSpaces { get; init; }

    /// <summary>The ids of the bytes in a vocabulary; null where one of them is missing.</summary>
    public static int[]? FindBytes(IReadOnlyDictionary<string, int> ids)
    {
        int[] bytes = [.. Enumerable.Range(0, 256).Select(b => ids.TryGetValue($"<0x{b:X2}>", out int id) ? id : -1)];
        return bytes.Contains(-1) ? null : bytes;
    }

    public TokenizerParts ToParts()
    {
        SentencePieceBpe tokenizer = new(this);
        return new TokenizerParts
        {
            Tokenizer = tokenizer,
            Continuing = AddsDummyPrefix ? tokenizer.Continuing() : null,
            TokenBytes = TokenBytes,
            BeginsWithSpace = AddsDummyPrefix,
        };
    }
}
