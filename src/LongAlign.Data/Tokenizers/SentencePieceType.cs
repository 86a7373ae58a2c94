namespace LongAlign.Data;

/// <summary>SentencePiece's kinds of tokens, with its numbers.</summary>
internal enum SentencePieceType
{
    /// <summary>A part of words.</summary>
    Normal = 1,

    /// <summary>The token for unknown text.</summary>
    Unknown = 2,

    /// <summary>A special token.</summary>
    Control = 3,

    /// <summary>Found in text before it is tokenized.</summary>
    UserDefined = 4,

    /// <summary>A piece that is not used.</summary>
    Unused = 5,

    /// <summary>One byte of UTF-8.</summary>
    Byte = 6,
}
