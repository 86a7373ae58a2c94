using System.Text;

namespace LongAlign.Data;

/// <summary>
/// Writes a pattern of Oniguruma, whose syntax the files have, as one of .NET. What both write alike and mean differently is written out
/// (<c>^</c>, <c>\w</c>, <c>\b</c>, sets within sets, letters in any case); what is not known is refused.
/// </summary>
/// <param name="pattern">The pattern.</param>
/// <param name="characters">Learns which characters it names.</param>
internal sealed class PatternReader(string pattern, PatternCharacters characters)
{
    private const int DeepestNesting = 100;

    // What folds to two letters of these is matched by them where case doesn't count, as ß by ss.
    private static readonly string[] FoldedPairs = ["ss", "st", "ff", "fi", "fl"];

    private int _at;
    private int _depth;

    /// <exception cref="NotSupportedException">The pattern has a part that is not supported; the message names the part and not the file.</exception>
    public static string Translate(string pattern, PatternCharacters characters)
    {
        PatternReader reader = new(pattern, characters);
        bool ignoresCase = reader.TryRead("(?i)");
        string translated = reader.Alternatives(ignoresCase);
        return reader._at == pattern.Length ? translated : throw reader.Unsupported("a ) without its (");
    }

    private string Alternatives(bool ignoresCase)
    {
        Descend();
        StringBuilder all = new(Sequence(ignoresCase));
        while (TryRead("|"))
        {
            all.Append('|').Append(Sequence(ignoresCase));
        }

        Ascend();
        return all.ToString();
    }

    private string Sequence(bool ignoresCase)
    {
        StringBuilder all = new();
        string letters = "";
        while (_at < pattern.Length && pattern[_at] is not ('|' or ')'))
        {
            letters += ignoresCase && char.IsAsciiLetter(pattern[_at]) ? char.ToLowerInvariant(pattern[_at]) : '.';
            if (Array.Find(FoldedPairs, pair => letters.EndsWith(pair, StringComparison.Ordinal)) is { } folded)
            {
                throw Unsupported($"'{folded}' in any case, which one character may match");
            }

            all.Append(Repeated(Atom(ignoresCase)));
        }

        return all.ToString();
    }

    private string Atom(bool ignoresCase)
    {
        char c = pattern[_at];
        switch (c)
        {
            case '(':
                return Group(ignoresCase);
            case '[':
                return new PatternSet(this, ignoresCase).Read();
            case '\\':
                return Escape(ignoresCase);
            case '.':
                _at++;
                characters.Name('\n', '\n');
                return @"[^\n]";
            case '^':
                _at++;
                characters.Name('\n', '\n');
                return @"(?:\A|(?<=\n)(?=[\s\S]))";
            case '$':
                _at++;
                characters.Name('\n', '\n');
                return @"(?=\n|\z)";
            case '*' or '+' or '?':
                throw Unsupported($"a {c} behind nothing");
            default:
                return Literal(ReadCharacter(), ignoresCase);
        }
    }

    private string Group(bool ignoresCase)
    {
        string? begin = Array.Find(["(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:", "(?-i:"], TryRead);
        if (begin is null && pattern.AsSpan(_at).StartsWith("(?"))
        {
            throw Unsupported("a group of this kind");
        }

        _at += begin is null ? 1 : 0;
        string inner = Alternatives(begin == "(?i:" || (ignoresCase && begin != "(?-i:"));
        if (!TryRead(")"))
        {
            throw Unsupported("a ( without its )");
        }

        return (begin is null or "(?i:" or "(?-i:" ? "(?:" : begin) + inner + ")";
    }

    /// <summary>Adds the quantifiers behind an atom. In Ruby's syntax, which the reference uses, a + behind {1,3} repeats that.</summary>
    private string Repeated(string atom)
    {
        for (int count = 0; _at < pattern.Length && ReadQuantifier() is { } quantifier; count++)
        {
            if (count == DeepestNesting)
            {
                throw Unsupported($"more than {DeepestNesting} quantifiers in a row");
            }

            bool isCounted = quantifier[0] == '{';
            if (TryRead("?"))
            {
                atom = isCounted && !quantifier.Contains(',', StringComparison.Ordinal) ? throw Unsupported("{n}?") : $"(?:{atom}{quantifier}?)";
            }
            else if (!isCounted && TryRead("+"))
            {
                atom = $"(?>{atom}{quantifier})";
            }
            else
            {
                atom = _at < pattern.Length && pattern[_at] is '*' or '+' or '?' or '{' ? $"(?:{atom}{quantifier})" : atom + quantifier;
            }
        }

        return atom;
    }

    private string? ReadQuantifier()
    {
        if (pattern[_at] is '*' or '+' or '?')
        {
            return pattern[_at++].ToString();
        }

        int end = pattern[_at] == '{' ? pattern.IndexOf('}', _at) : -1;
        string[] counts = end < 0 ? [] : pattern[(_at + 1)..end].Split(',');
        if (counts.Length is not (1 or 2) || !counts.All(count => count.All(char.IsAsciiDigit)) || counts.All(count => count.Length == 0))
        {
            return null;
        }

        if (counts.Any(count => count.Length > 4))
        {
            throw Unsupported("a count of more than 9999");
        }

        _at = end + 1;
        return counts.Length == 1 ? $"{{{counts[0]}}}" : $"{{{(counts[0].Length == 0 ? "0" : counts[0])},{counts[1]}}}";
    }

    private string Escape(bool ignoresCase)
    {
        char kind = _at + 1 < pattern.Length ? pattern[_at + 1] : throw Unsupported("a \\ at the end");
        switch (kind)
        {
            case 'b' or 'B':
                _at += 2;
                string word = $"[{WordCharacters.Set}]";
                return kind == 'b' ? $"(?:(?<={word})(?!{word})|(?<!{word})(?={word}))" : $"(?:(?<={word})(?={word})|(?<!{word})(?!{word}))";
            case 'A' or 'z' or 'Z':
                _at += 2;
                return $"\\{kind}";
            case 'W' or 'H':
                _at += 2;
                return kind == 'W' ? $"[^{WordCharacters.Set}]" : "[^0-9a-fA-F]";
            case 'P' when pattern.AsSpan(_at + 2).StartsWith("{Han}", StringComparison.OrdinalIgnoreCase):
                _at += 7;
                characters.NameHan();
                return $"[^{WordCharacters.HanSet}]";
            default:
                return TryReadClass(ignoresCase) is { } set ? $"[{set}]" : Literal(ReadCharacter(), ignoresCase);
        }
    }

    /// <summary>Reads a kind of characters, like \s or \p{L}, as what stands in a set; null where there is none.</summary>
    public string? TryReadClass(bool ignoresCase)
    {
        char kind = pattern[_at] == '\\' && _at + 1 < pattern.Length ? pattern[_at + 1] : '\0';
        switch (kind)
        {
            case 's' or 'S':
                _at += 2;
                return $"\\{kind}";
            case 'd' or 'D':
                _at += 2;
                return kind == 'd' ? @"\p{Nd}" : @"\P{Nd}";
            case 'w':
                _at += 2;
                return WordCharacters.Set;
            case 'h':
                _at += 2;
                characters.Name('0', '9');
                characters.Name('A', 'F');
                characters.Name('a', 'f');
                return "0-9A-Fa-f";
            case 'p' or 'P':
                return Property(ignoresCase);
            default:
                return null;
        }
    }

    private string Property(bool ignoresCase)
    {
        int end = _at + 2 < pattern.Length && pattern[_at + 2] == '{' ? pattern.IndexOf('}', _at) : -1;
        string name = end < 0 ? "" : pattern[(_at + 3)..end];
        bool isPositive = pattern[_at + 1] == 'p';
        if (isPositive && name.Equals("Han", StringComparison.OrdinalIgnoreCase))
        {
            _at = end + 1;
            characters.NameHan();
            return WordCharacters.HanSet;
        }

        string category = name.Length is 1 or 2 ? char.ToUpperInvariant(name[0]) + name[1..].ToLowerInvariant() : "";
        bool isKnown = category is "L" or "Lu" or "Ll" or "Lt" or "Lm" or "Lo" or "M" or "Mn" or "Mc" or "Me" or "N" or "Nd" or "Nl" or "No"
            or "P" or "Pc" or "Pd" or "Ps" or "Pe" or "Pi" or "Pf" or "Po" or "S" or "Sm" or "Sc" or "Sk" or "So" or "Z" or "Zs" or "Zl" or "Zp"
            or "C" or "Cc" or "Cf" or "Cn" or "Co";
        if (!isKnown || (ignoresCase && category is "Lu" or "Ll" or "Lt"))
        {
            throw Unsupported(isKnown ? $"\\p{{{name}}} in any case" : $"the property '{name}'");
        }

        _at = end + 1;
        return $"\\{(isPositive ? 'p' : 'P')}{{{category}}}";
    }

    /// <summary>Reads one character, written as itself or with a \.</summary>
    public char ReadCharacter()
    {
        char c = pattern[_at++];
        if (c != '\\')
        {
            return char.IsSurrogate(c) ? throw Unsupported("a character beyond U+FFFF") : c;
        }

        char kind = _at < pattern.Length ? pattern[_at++] : throw Unsupported("a \\ at the end");
        return kind switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\f',
            'v' => '\v',
            'a' => '\a',
            'e' => '\e',
            'x' when TryRead("{") => Hexadecimal(pattern.IndexOf('}', _at) - _at, "}"),
            'x' => Hexadecimal(2, ""),
            'u' => Hexadecimal(4, ""),
            _ when char.IsAscii(kind) && !char.IsAsciiLetterOrDigit(kind) => kind,
            _ => throw Unsupported($"\\{kind}"),
        };
    }

    private char Hexadecimal(int length, string end)
    {
        if (length is < 1 or > 8 || _at + length > pattern.Length
            || !uint.TryParse(pattern.AsSpan(_at, length), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out uint value)
            || value > char.MaxValue || char.IsSurrogate((char)value))
        {
            throw Unsupported("a hexadecimal character of this kind");
        }

        _at += length + end.Length;
        return (char)value;
    }

    private string Literal(char c, bool ignoresCase)
    {
        characters.Name(c, c);
        if (!ignoresCase || !char.IsLetter(c))
        {
            return Write(c);
        }

        return $"[{InAnyCase(c)}]";
    }

    /// <summary>A letter in any case, as what stands in a set.</summary>
    public string InAnyCase(char letter)
    {
        if (!char.IsAsciiLetter(letter))
        {
            throw Unsupported($"'{letter}' in any case");
        }

        (char upper, char lower) = (char.ToUpperInvariant(letter), char.ToLowerInvariant(letter));
        string others = lower switch
        {
            's' => "\u017F",
            'k' => "\u212A",
            _ => "",
        };
        string all = $"{upper}{lower}{others}";
        foreach (char c in all)
        {
            characters.Name(c, c);
        }

        return all;
    }

    public static string Write(char c) => char.IsAsciiLetterOrDigit(c) ? c.ToString() : $"\\u{(int)c:X4}";

    public PatternCharacters Characters => characters;

    /// <summary>Begins a group or set.</summary>
    public void Descend()
    {
        if (++_depth > DeepestNesting)
        {
            throw Unsupported($"groups or sets more than {DeepestNesting} deep in each other");
        }
    }

    /// <summary>Ends it.</summary>
    public void Ascend() => _depth--;

    /// <summary>Returns the next character; NUL at the end.</summary>
    public char Peek(int ahead = 0) => _at + ahead < pattern.Length ? pattern[_at + ahead] : '\0';

    public bool IsAtEnd => _at >= pattern.Length;

    public bool TryRead(string text)
    {
        bool isNext = pattern.AsSpan(_at).StartsWith(text, StringComparison.Ordinal);
        _at += isNext ? text.Length : 0;
        return isNext;
    }

    public NotSupportedException Unsupported(string what) => new($"{what} (at character {_at})");
}
