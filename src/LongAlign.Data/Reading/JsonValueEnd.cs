using System.Buffers;

namespace LongAlign.Data;

/// <summary>Finds the end of a JSON value whose text comes piece by piece.</summary>
/// <param name="isItem">Whether a comma or the end of an array ends it where it has no brackets.</param>
internal struct JsonValueEnd(bool isItem)
{
    private static readonly SearchValues<byte> Marks = SearchValues.Create("\"{}[],"u8);
    private static readonly SearchValues<byte> InText = SearchValues.Create("\"\\"u8);

    private int _depth;
    private bool _isInText;
    private bool _isEscaped;

    public bool IsFound { get; private set; }

    /// <summary>Returns the number of bytes of a piece that belong to the value.</summary>
    public int Find(ReadOnlySpan<byte> piece)
    {
        int at = 0;
        while (at < piece.Length)
        {
            if (_isEscaped)
            {
                _isEscaped = false;
                at++;
                continue;
            }

            int next = piece[at..].IndexOfAny(_isInText ? InText : Marks);
            if (next < 0)
            {
                break;
            }

            at += next + 1;
            switch (piece[at - 1])
            {
                case (byte)'\\':
                    _isEscaped = true;
                    break;
                case (byte)'"':
                    _isInText = !_isInText;
                    break;
                case (byte)'{' or (byte)'[':
                    _depth++;
                    break;
                case (byte)',' when _depth > 0 || !isItem:
                    break;
                case (byte)',':
                    IsFound = true;
                    return at - 1;
                case (byte)']' when _depth == 0 && isItem:
                    IsFound = true;
                    return at - 1;
                default:
                    _depth--;
                    if (_depth <= 0)
                    {
                        IsFound = true;
                        return at;
                    }

                    break;
            }
        }

        return piece.Length;
    }
}
