namespace LongAlign.Data;

/// <summary>
/// Reads JSON values that need not end with their lines: the items of an array, or objects one after another. Where a value ends is told by
/// brackets and quotes; whether it is JSON, who parses it sees.
/// </summary>
internal sealed class JsonValueReader
{
    private readonly LineReader _lines;
    private readonly bool _isArray;
    private byte[] _value = [];
    private int _length;
    private int _at;
    private bool _hasLine;
    private bool _isBehindItem;
    private int _items;

    private JsonValueReader(LineReader lines, bool isArray)
    {
        _lines = lines;
        _isArray = isArray;
        _hasLine = true;
        _at = lines.Line.Span.IndexOfAnyExcept(" \t\r"u8) + (isArray ? 1 : 0);
    }

    public JsonRow Row { get; private set; }

    public bool IsAtEnd { get; private set; }

    /// <summary>A reader of the values of a file; null where its rows are lines, the first of which is then the next.</summary>
    public static JsonValueReader? TryBegin(LineReader lines)
    {
        while (lines.MoveNext())
        {
            ReadOnlySpan<byte> line = lines.Line.Span.Trim(" \t\r"u8);
            if (line.Length == 0)
            {
                continue;
            }

            // An array of anything but objects and lists is none of rows: then the line is wrong, and those behind it need not be.
            bool isArray = line[0] == '[' && (line[1..].TrimStart(" \t"u8) is [] or [(byte)'{' or (byte)'[' or (byte)']', ..]);
            if (isArray || line is [(byte)'{'])
            {
                return new JsonValueReader(lines, isArray);
            }

            break;
        }

        lines.Again();
        return null;
    }

    /// <summary>Goes to the next value, or to what is wrong between two.</summary>
    public bool MoveNext()
    {
        while (NextLine())
        {
            ReadOnlySpan<byte> rest = _lines.Line.Span[_at..];
            int space = rest.IndexOfAnyExcept(" \t\r"u8);
            if (space < 0)
            {
                _hasLine = false;
                continue;
            }

            _at += space;
            byte first = rest[space];
            if (_isArray && first == ']')
            {
                return EndArray();
            }

            if (_isArray && first == ',')
            {
                _at++;
                if (!_isBehindItem)
                {
                    return Fault("there is a comma where an item was expected.");
                }

                _isBehindItem = false;
                continue;
            }

            if (_isArray && _isBehindItem)
            {
                _isBehindItem = false;
                return Fault("the items of an array stand side by side; expected a comma between them.");
            }

            return ReadValue();
        }

        IsAtEnd = true;
        return _isArray && Fault("the array has no end; expected ']'. The file may have been cut off.");
    }

    private bool EndArray()
    {
        _at++;
        bool wantsItem = !_isBehindItem && _items > 0;
        IsAtEnd = true;
        while (NextLine())
        {
            if (_lines.Line.Span[_at..].IndexOfAnyExcept(" \t\r"u8) >= 0)
            {
                return Fault("there is more behind the array; expected one array, or one row on each line.");
            }

            _hasLine = false;
        }

        return wantsItem && Fault("the array ends with a comma; expected an item behind it.");
    }

    private bool NextLine()
    {
        if (!_hasLine && !IsEnd())
        {
            _at = 0;
            _hasLine = true;
        }

        return _hasLine;

        bool IsEnd() => !_lines.MoveNext();
    }

    private bool ReadValue()
    {
        long line = _lines.Number;
        long offset = _lines.Offset + _at;
        _length = 0;
        JsonValueEnd end = new(_isArray);
        while (true)
        {
            ReadOnlySpan<byte> rest = _lines.Line.Span[_at..];
            int length = end.Find(rest);
            Append(rest[..length]);
            _at += length;
            if (end.IsFound)
            {
                break;
            }

            _hasLine = false;
            if (!NextLine())
            {
                IsAtEnd = true;
                break;
            }

            Append("\n"u8);
        }

        _items++;
        _isBehindItem = true;
        Row = new JsonRow(line, _items, _value.AsMemory(0, _length)) { Offset = offset };
        return true;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > LineReader.MaxLength)
        {
            throw new InvalidDataException($"A row is longer than {LineReader.MaxLength} bytes.");
        }

        if (_length + bytes.Length > _value.Length)
        {
            Array.Resize(ref _value, Math.Max(_length + bytes.Length, 2 * _value.Length));
        }

        bytes.CopyTo(_value.AsSpan(_length));
        _length += bytes.Length;
    }

    private bool Fault(string what)
    {
        Row = new JsonRow(_lines.Number, _items + 1, default) { Fault = new RowException("not JSON", what) };
        return true;
    }
}
