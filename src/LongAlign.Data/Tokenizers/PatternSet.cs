using System.Text;

namespace LongAlign.Data;

/// <summary>A set of characters in brackets: sets within it are part of it, and <c>&amp;&amp;</c> keeps what both sides have.</summary>
internal sealed class PatternSet(PatternReader reader, bool ignoresCase)
{
    private readonly StringBuilder _items = new();
    private bool _isNegated;
    private string? _without;

    /// <summary>Reads the set.</summary>
    /// <returns>The set as .NET writes it.</returns>
    public string Read()
    {
        ReadBrackets();
        return ToString();
    }

    public override string ToString() => $"[{(_isNegated ? "^" : "")}{_items}{(_without is null ? "" : $"-[{_without}]")}]";

    private void ReadBrackets()
    {
        reader.Descend();
        reader.TryRead("[");
        _isNegated = reader.TryRead("^");
        while (!reader.TryRead("]"))
        {
            if (reader.IsAtEnd || _without is not null)
            {
                throw reader.Unsupported(reader.IsAtEnd ? "a [ without its ]" : "more than one && in a set");
            }

            if (reader.TryRead("&&"))
            {
                ReadIntersection();
            }
            else
            {
                ReadItem();
            }
        }

        if (_items.Length == 0)
        {
            throw reader.Unsupported("an empty set");
        }

        reader.Ascend();
    }

    /// <summary>Both sides: what the left has without what the right has not.</summary>
    private void ReadIntersection()
    {
        PatternSet right = new(reader, ignoresCase);
        if (reader.Peek() == '[' && reader.Peek(1) != ':')
        {
            right.ReadBrackets();
        }
        else
        {
            while (!reader.IsAtEnd && reader.Peek() != ']' && !(reader.Peek() == '&' && reader.Peek(1) == '&'))
            {
                right.ReadItem();
            }
        }

        if (_isNegated || right._without is not null || right._items.Length == 0)
        {
            throw reader.Unsupported("&& in a set of this kind");
        }

        _without = $"{(right._isNegated ? "" : "^")}{right._items}";
    }

    private void ReadItem()
    {
        if (reader.Peek() == '[')
        {
            ReadInner();
            return;
        }

        if (reader.TryReadClass(ignoresCase) is { } kind)
        {
            _items.Append(kind);
            return;
        }

        char first = reader.ReadCharacter();
        if (reader.Peek() != '-' || reader.Peek(1) is ']' or '\0')
        {
            Add(first, first);
            return;
        }

        reader.TryRead("-");
        if (reader.Peek() == '[' || reader.TryReadClass(ignoresCase) is not null)
        {
            throw reader.Unsupported("a range of sets");
        }

        char last = reader.ReadCharacter();
        if (last < first)
        {
            throw reader.Unsupported($"the range {first}-{last}");
        }

        Add(first, last);
    }

    private void ReadInner()
    {
        if (reader.Peek(1) == ':')
        {
            throw reader.Unsupported("a POSIX bracket ([:…:])");
        }

        PatternSet inner = new(reader, ignoresCase);
        inner.ReadBrackets();
        if (inner._isNegated || inner._without is not null)
        {
            throw reader.Unsupported("a set within a set that is negated or has &&");
        }

        _items.Append(inner._items);
    }

    private void Add(char first, char last)
    {
        reader.Characters.Name(first, last);
        _items.Append(PatternReader.Write(first)).Append(last == first ? "" : $"-{PatternReader.Write(last)}");
        if (!ignoresCase)
        {
            return;
        }

        for (int c = first; c <= last; c++)
        {
            if (char.IsLetter((char)c))
            {
                _items.Append(reader.InAnyCase((char)c));
            }
        }
    }
}
