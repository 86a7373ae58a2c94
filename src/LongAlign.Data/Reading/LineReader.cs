namespace LongAlign.Data;

/// <summary>Reads lines as bytes, so that one that is not UTF-8 is found in its own line. A line lies in the buffer until the next is read.</summary>
internal sealed class LineReader(Stream stream)
{
    public const int MaxLength = 1 << 29;

    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _filled;
    private bool _isAtEnd;
    private bool _isAgain;

    /// <summary>The offset of the current line, in bytes from the beginning of the stream.</summary>
    public long Offset { get; private set; }

    public long Number { get; private set; }

    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>Goes to the next line, which ends at a line feed or at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">The line is longer than half a GiB, or the stream is damaged.</exception>
    public bool MoveNext()
    {
        if (_isAgain)
        {
            _isAgain = false;
            return Number > 0;
        }

        Offset += Number > 0 ? Line.Length + 1 : 0;
        int searched = _start;
        while (true)
        {
            int end = _buffer.AsSpan(searched, _filled - searched).IndexOf((byte)'\n');
            if (end >= 0 || _isAtEnd)
            {
                int length = end >= 0 ? searched + end - _start : _filled - _start;
                if (end < 0 && length == 0)
                {
                    return false;
                }

                Line = _buffer.AsMemory(_start, length);
                _start += end >= 0 ? length + 1 : length;
                Number++;
                return true;
            }

            searched = Fill();
        }
    }

    /// <summary>Makes the current line the next one once more.</summary>
    public void Again() => _isAgain = true;

    /// <summary>Reads on behind what is there; returns where that begins.</summary>
    private int Fill()
    {
        int kept = _filled - _start;
        if (_filled == _buffer.Length)
        {
            if (kept > MaxLength)
            {
                throw new InvalidDataException($"Line {Number + 1} is longer than {MaxLength} bytes.");
            }

            byte[] buffer = kept > _buffer.Length / 2 ? new byte[2 * _buffer.Length] : _buffer;
            _buffer.AsSpan(_start, kept).CopyTo(buffer);
            (_buffer, _start, _filled) = (buffer, 0, kept);
        }

        int read = stream.Read(_buffer, _filled, _buffer.Length - _filled);
        int before = _filled;
        _filled += read;
        _isAtEnd = read == 0;
        return before;
    }
}
