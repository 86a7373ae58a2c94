using System.Globalization;
using System.Text;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Cuts what stands within a tag into tokens.</summary>
internal sealed class TagLexer(string text, LineIndex lines)
{
    private static readonly string[] Operators =
        ["**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "[", "]", "(", ")", "{", "}", "<", ">", "=", ".", ":", "|", ",", ";"];

    /// <summary>Whether the tag that was read last ends with a sign for white space.</summary>
    public bool IsSigned { get; private set; }

    /// <summary>Whether a tag has this word alone.</summary>
    /// <param name="at">Behind the tag's beginning and its sign.</param>
    /// <param name="word">The word.</param>
    /// <param name="end">Behind the tag and the white space that it removes.</param>
    public bool IsWord(int at, string word, out int end)
    {
        end = SkipSpace(at);
        if (string.CompareOrdinal(text, end, word, 0, word.Length) != 0)
        {
            return false;
        }

        end = SkipSpace(end + word.Length);
        bool strips = end < text.Length && text[end] == '-';
        end += strips || (end < text.Length && text[end] == '+' && word == "endraw") ? 1 : 0;
        if (string.CompareOrdinal(text, end, "%}", 0, 2) != 0)
        {
            return false;
        }

        end = strips ? SkipSpace(end + 2) : end + 2;
        return true;
    }

    /// <summary>Adds the tokens of a tag.</summary>
    /// <returns>The place of the two characters that end it.</returns>
    public int Read(int at, char closer, List<Token> tokens)
    {
        Stack<char> open = [];
        for (int begin = at; ;)
        {
            at = SkipSpace(at);
            if (open.Count == 0 && IsEnd(at, closer, out int close))
            {
                return close;
            }

            if (at >= text.Length)
            {
                throw new JinjaException($"the tag does not end; expected '{closer}}}'", lines.At(begin));
            }

            Token token = ReadToken(at, out int end);
            if (token.Kind == TokenKind.Operator)
            {
                Balance(open, token);
            }

            tokens.Add(token);
            at = end;
        }
    }

    private bool IsEnd(int at, char closer, out int close)
    {
        IsSigned = at < text.Length && (text[at] == '-' || (text[at] == '+' && closer == '%'));
        close = IsSigned ? at + 1 : at;
        return close + 1 < text.Length && text[close] == closer && text[close + 1] == '}';
    }

    private static void Balance(Stack<char> open, Token token)
    {
        switch (token.Text)
        {
            case "(" or "[" or "{":
                open.Push(token.Text[0] switch { '(' => ')', '[' => ']', _ => '}' });
                break;
            case ")" or "]" or "}" when !open.TryPop(out char expected) || expected != token.Text[0]:
                throw new JinjaException($"'{token.Text}' closes nothing that is open", token.At);
        }
    }

    private Token ReadToken(int at, out int end)
    {
        char first = text[at];
        if (IsNameStart(first))
        {
            end = at + 1;
            while (end < text.Length && IsNamePart(text[end]))
            {
                end++;
            }

            return new Token(TokenKind.Name, text[at..end], lines.At(at));
        }

        if (first is '"' or '\'')
        {
            return ReadString(at, first, out end);
        }

        if (char.IsAsciiDigit(first))
        {
            return NumberLexer.Read(text, at, lines, out end);
        }

        foreach (string symbol in Operators)
        {
            if (string.CompareOrdinal(text, at, symbol, 0, symbol.Length) == 0)
            {
                end = at + symbol.Length;
                return new Token(TokenKind.Operator, symbol, lines.At(at));
            }
        }

        throw new JinjaException($"the character '{first}' begins nothing that is known", lines.At(at));
    }

    private Token ReadString(int at, char quote, out int end)
    {
        StringBuilder value = new();
        for (int i = at + 1; i < text.Length; i++)
        {
            if (text[i] == quote)
            {
                end = i + 1;
                return new Token(TokenKind.String, value.ToString(), lines.At(at));
            }

            if (text[i] == '\\' && i + 1 < text.Length)
            {
                i = ReadEscape(i + 1, value);
            }
            else
            {
                value.Append(text[i]);
            }
        }

        throw new JinjaException($"the string does not end; expected {quote}", lines.At(at));
    }

    /// <summary>Adds what an escape of Python stands for.</summary>
    /// <returns>Its last character.</returns>
    private int ReadEscape(int at, StringBuilder value)
    {
        const string Names = "abfnrtv\\'\"";
        const string Characters = "\a\b\f\n\r\t\v\\'\"";
        char c = text[at];
        if (Names.IndexOf(c) is >= 0 and var known)
        {
            value.Append(Characters[known]);
            return at;
        }

        switch (c)
        {
            case '\n':
                return at;
            case >= '0' and <= '7':
                int end = at;
                int octal = 0;
                while (end < at + 3 && end < text.Length && text[end] is >= '0' and <= '7')
                {
                    octal = (octal * 8) + text[end++] - '0';
                }

                value.Append((char)octal);
                return end - 1;
            case 'x' or 'u' or 'U':
                int digits = c switch { 'x' => 2, 'u' => 4, _ => 8 };
                if (at + digits >= text.Length || !uint.TryParse(text.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code) || code > 0x10FFFF)
                {
                    throw new JinjaException($"\\{c} needs {digits} hexadecimal digits of a character", lines.At(at - 1));
                }

                value.Append(code < 0x10000 ? ((char)code).ToString() : char.ConvertFromUtf32((int)code));
                return at + digits;
            case 'N':
                throw new JinjaException("\\N, a character by its name, is not supported", lines.At(at - 1));
            default:
                value.Append('\\').Append(c);
                return at;
        }
    }

    private int SkipSpace(int at)
    {
        while (at < text.Length && PythonText.IsSpace(text[at]))
        {
            at++;
        }

        return at;
    }

    private static bool IsNameStart(char c) => c == '_' || char.IsLetter(c);

    private static bool IsNamePart(char c) => IsNameStart(c) || char.IsDigit(c);
}
