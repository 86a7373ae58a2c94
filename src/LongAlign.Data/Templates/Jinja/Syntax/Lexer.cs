namespace LongAlign.Data.Templates.Jinja;

/// <summary>
/// Cuts a template into tokens, with <c>trim_blocks</c> and <c>lstrip_blocks</c> on: a newline behind a block is removed, and so is white
/// space before one that is first on its line; <c>-</c> removes all white space at its side, <c>+</c> keeps it.
/// </summary>
internal sealed class Lexer
{
    private readonly string _text;
    private readonly TagLexer _tags;
    private readonly List<Token> _tokens = [];
    private readonly LineIndex _lines;
    private bool _beginsLine = true;
    private int _at;

    private Lexer(string template)
    {
        _text = template.EndsWith('\n') ? template[..^1] : template;
        _lines = new LineIndex(_text);
        _tags = new TagLexer(_text, _lines);
    }

    /// <exception cref="JinjaException">The template has a character that begins no token, or a tag that doesn't end.</exception>
    public static List<Token> Read(string template) => new Lexer(Normalize(template)).Read();

    private static string Normalize(string template) => template.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    private List<Token> Read()
    {
        while (_at < _text.Length)
        {
            int tag = FindTag();
            if (tag < 0)
            {
                AddData(_at, _text.Length);
                _at = _text.Length;
                break;
            }

            ReadTag(tag, _text[tag + 1]);
        }

        _tokens.Add(new Token(TokenKind.End, "", _lines.At(_text.Length)));
        return _tokens;
    }

    private int FindTag()
    {
        for (int at = _at; (at = _text.IndexOf('{', at)) >= 0 && at + 1 < _text.Length; at++)
        {
            if (_text[at + 1] is '{' or '%' or '#')
            {
                return at;
            }
        }

        return -1;
    }

    private void ReadTag(int tag, char kind)
    {
        char sign = tag + 2 < _text.Length && _text[tag + 2] is '-' or '+' ? _text[tag + 2] : ' ';
        int inside = tag + (sign == ' ' ? 2 : 3);
        AddData(_at, EndOfData(_at, tag, sign, strips: kind != '{'));
        switch (kind)
        {
            case '#':
                int end = _text.IndexOf("#}", inside, StringComparison.Ordinal);
                if (end < 0)
                {
                    throw new JinjaException("the comment does not end; expected '#}'", _lines.At(tag));
                }

                GoBehind(end, end > inside ? _text[end - 1] : ' ', trims: true);
                break;
            case '%' when _tags.IsWord(inside, "raw", out int rawEnd):
                ReadRaw(tag, rawEnd);
                break;
            default:
                _tokens.Add(new Token(kind == '{' ? TokenKind.ExpressionBegin : TokenKind.BlockBegin, _text[tag..inside], _lines.At(tag)));
                int close = _tags.Read(inside, kind == '{' ? '}' : '%', _tokens);
                bool isSigned = _tags.IsSigned;
                _tokens.Add(new Token(kind == '{' ? TokenKind.ExpressionEnd : TokenKind.BlockEnd, _text.Substring(close, 2), _lines.At(close)));
                GoBehind(close, isSigned ? _text[close - 1] : ' ', trims: kind == '%');
                break;
        }
    }

    /// <summary>Text up to endraw is data, whatever it has.</summary>
    private void ReadRaw(int tag, int begin)
    {
        for (int at = begin; (at = _text.IndexOf("{%", at, StringComparison.Ordinal)) >= 0; at += 2)
        {
            char sign = at + 2 < _text.Length && _text[at + 2] is '-' or '+' ? _text[at + 2] : ' ';
            if (_tags.IsWord(at + (sign == ' ' ? 2 : 3), "endraw", out int end))
            {
                _beginsLine = begin > 0 && _text[begin - 1] == '\n';
                AddData(begin, EndOfData(begin, at, sign, strips: true));
                int close = _text.LastIndexOf("%}", end - 1, StringComparison.Ordinal);
                _at = end;
                GoBehind(close, _text[close - 1], trims: true);
                return;
            }
        }

        throw new JinjaException("the raw block does not end; expected '{% endraw %}'", _lines.At(tag));
    }

    private int EndOfData(int start, int end, char sign, bool strips)
    {
        if (sign == '-')
        {
            while (end > start && PythonText.IsSpace(_text[end - 1]))
            {
                end--;
            }
        }
        else if (sign != '+' && strips)
        {
            int line = end;
            while (line > start && PythonText.IsSpace(_text[line - 1]) && _text[line - 1] != '\n')
            {
                line--;
            }

            return line > start ? (_text[line - 1] == '\n' ? line : end) : _beginsLine ? line : end;
        }

        return end;
    }

    /// <summary>Goes on behind the two characters that end a tag.</summary>
    private void GoBehind(int close, char sign, bool trims)
    {
        _at = close + 2;
        if (sign == '-')
        {
            while (_at < _text.Length && PythonText.IsSpace(_text[_at]))
            {
                _at++;
            }
        }
        else if (trims && sign != '+' && _at < _text.Length && _text[_at] == '\n')
        {
            _at++;
        }

        _beginsLine = _text[_at - 1] == '\n';
    }

    private void AddData(int start, int end)
    {
        if (end > start)
        {
            _tokens.Add(new Token(TokenKind.Data, _text[start..end], _lines.At(start)));
        }
    }
}
