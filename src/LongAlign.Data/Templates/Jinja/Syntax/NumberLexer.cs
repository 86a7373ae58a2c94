namespace LongAlign.Data.Templates.Jinja;

/// <summary>Reads numbers as Jinja writes them: 12, 1_000, 0x1F, 0o17, 0b1, 1.5, 2e-3.</summary>
internal static class NumberLexer
{
    public static Token Read(string text, int at, LineIndex lines, out int end)
    {
        if (text[at] == '0' && at + 1 < text.Length && char.ToLowerInvariant(text[at + 1]) is 'x' or 'o' or 'b')
        {
            end = at + 2;
            while (end < text.Length && (char.IsAsciiHexDigit(text[end]) || text[end] == '_'))
            {
                end++;
            }

            return new Token(TokenKind.Integer, text[at..end], lines.At(at));
        }

        end = Digits(text, at);
        bool isFloat = false;
        bool isMember = at > 0 && text[at - 1] == '.';
        if (!isMember && end + 1 < text.Length && text[end] == '.' && char.IsAsciiDigit(text[end + 1]))
        {
            end = Digits(text, end + 1);
            isFloat = true;
        }

        if (!isMember && end < text.Length && text[end] is 'e' or 'E')
        {
            int exponent = end + 1;
            exponent += exponent < text.Length && text[exponent] is '+' or '-' ? 1 : 0;
            if (exponent < text.Length && char.IsAsciiDigit(text[exponent]))
            {
                end = Digits(text, exponent);
                isFloat = true;
            }
        }

        if (!isFloat && text[at] == '0')
        {
            // As Python: 012 is no number, 00 is.
            int zeros = at;
            while (zeros < end && text[zeros] is '0' or '_')
            {
                zeros++;
            }

            end = zeros;
        }

        return new Token(isFloat ? TokenKind.Float : TokenKind.Integer, text[at..end], lines.At(at));
    }

    private static int Digits(string text, int at)
    {
        while (at < text.Length && (char.IsAsciiDigit(text[at]) || (text[at] == '_' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1]))))
        {
            at++;
        }

        return at;
    }
}
