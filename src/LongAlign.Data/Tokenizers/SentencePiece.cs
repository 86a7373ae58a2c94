using System.Globalization;
using System.Text;

namespace LongAlign.Data;

/// <summary>A token of a SentencePiece model.</summary>
/// <param name="Text">The token, with ▁ for a space, or <c>&lt;0xFF&gt;</c> for a byte.</param>
/// <param name="Score">The higher, the earlier it is merged.</param>
/// <param name="Type">Its kind.</param>
internal readonly record struct SentencePiece(string Text, float Score, SentencePieceType Type)
{
    /// <summary>The byte that a text like <c>&lt;0xFF&gt;</c> stands for; null for any other text.</summary>
    public static byte? ByteOf(string text)
        => text.Length == 6 && text.StartsWith("<0x", StringComparison.Ordinal) && text[5] == '>'
            && byte.TryParse(text.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value) ? value : null;

    /// <summary>Returns the bytes that the token adds to a text; null where it adds nothing.</summary>
    public byte[]? ToBytes() => Type switch
    {
        SentencePieceType.Control or SentencePieceType.Unknown => null,
        SentencePieceType.Byte => ByteOf(Text) is { } value ? [value] : null,
        _ => Encoding.UTF8.GetBytes(Text.Replace(SpaceWords.Space, ' ')),
    };
}
