using System.Globalization;
using System.Numerics;

namespace LongAlign.Data.Templates.Jinja;

/// <summary><c>'%s of %d' % (a, b)</c></summary>
internal static class PercentFormat
{
    private const int MaxWidth = 100_000;

    public static Text Apply(Text format, object? values)
    {
        string text = format.Value;
        TextBuilder builder = new();
        IReadOnlyList<object?> items = values is JinjaTuple tuple ? tuple.Items : [values];
        int used = 0;
        bool isByName = false;
        for (int i = 0; i < text.Length;)
        {
            int percent = text.IndexOf('%', i);
            percent = percent < 0 ? text.Length : percent;
            builder.Append(format, i, percent - i);
            if (percent == text.Length)
            {
                break;
            }

            i = percent + 1;
            string? name = ReadName(text, ref i);
            isByName |= name is not null;
            object? owner = name is null ? null : values is JinjaDict dict && dict.TryGet(name, out object? named) ? named : throw new JinjaException($"the format asks for '{name}', which is not given");
            FormatSpec spec = ReadSpec(text, ref i, Next);
            char letter = i < text.Length ? text[i++] : throw new JinjaException("the format ends within a place for a value");
            if (letter == '%')
            {
                builder.AppendLiteral("%");
                continue;
            }

            object? value = name is null ? Next() : owner;
            Text shown = One(letter, value, spec);
            builder.Append(format.IsMarkup ? Html.Escape(shown) : shown);
        }

        return used < items.Count && !isByName && values is not JinjaDict
            ? throw new JinjaException("the format has fewer places than there are values")
            : builder.ToText(format.IsMarkup);

        object? Next() => used < items.Count ? items[used++] : throw new JinjaException("the format has more places than there are values");
    }

    private static string? ReadName(string text, ref int i)
    {
        if (i >= text.Length || text[i] != '(')
        {
            return null;
        }

        int end = text.IndexOf(')', i);
        string name = end >= 0 ? text[(i + 1)..end] : throw new JinjaException("the format has a name without ')'");
        i = end + 1;
        return name;
    }

    private static FormatSpec ReadSpec(string text, ref int i, Func<object?> next)
    {
        int start = i;
        while (i < text.Length && "-+ #0".Contains(text[i], StringComparison.Ordinal))
        {
            i++;
        }

        string flags = text[start..i];
        int? width = ReadNumber(text, ref i, next);
        int? precision = null;
        if (i < text.Length && text[i] == '.')
        {
            i++;
            precision = ReadNumber(text, ref i, next) ?? 0;
        }

        while (i < text.Length && text[i] is 'h' or 'l' or 'L')
        {
            i++;
        }

        bool isLeft = flags.Contains('-', StringComparison.Ordinal) || width < 0;
        return new FormatSpec
        {
            Align = isLeft ? '<' : flags.Contains('0', StringComparison.Ordinal) ? '=' : '>',
            Fill = flags.Contains('0', StringComparison.Ordinal) && !isLeft ? '0' : ' ',
            Sign = flags.Contains('+', StringComparison.Ordinal) ? '+' : flags.Contains(' ', StringComparison.Ordinal) ? ' ' : '-',
            IsAlternate = flags.Contains('#', StringComparison.Ordinal),
            Width = Math.Abs(width ?? 0),
            Precision = precision,
        };
    }

    private static int? ReadNumber(string text, ref int i, Func<object?> next)
    {
        int start = i;
        if (i < text.Length && text[i] == '*')
        {
            i++;
            return Numbers.TryGet(next(), out BigInteger given) && BigInteger.Abs(given) <= MaxWidth ? (int)given : throw new JinjaException("'*' of a format takes a small whole number");
        }

        while (i < text.Length && char.IsAsciiDigit(text[i]))
        {
            i++;
        }

        return i == start ? null
            : int.TryParse(text.AsSpan(start, i - start), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= MaxWidth ? number
            : throw new JinjaException($"a width of more than {MaxWidth:N0}");
    }

    private static Text One(char letter, object? value, FormatSpec spec)
    {
        switch (letter)
        {
            case 's' or 'r' or 'a':
                Text text = letter == 's' ? Printing.ToText(value) : Printing.Repr(value);
                return (spec with { Fill = ' ', Align = spec.Align == '=' ? '>' : spec.Align }).Pad(spec.Cut(text));
            case 'c':
                Text character = value is Text { Length: 1 } one ? one : Numbers.TryGet(value, out BigInteger code) && code >= 0 && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF) ? Text.Literal(char.ConvertFromUtf32((int)code))
                    : throw new JinjaException("%c takes a character");
                return (spec with { Fill = ' ' }).Pad(character);
        }

        if (value is Undefined undefined)
        {
            throw undefined.Fault();
        }

        switch (letter)
        {
            case 'd' or 'i' or 'u' when Numbers.TryGet(value, out double real) && double.IsFinite(real):
                return spec.Integer(value is double ? new BigInteger(Math.Truncate(real)) : Numbers.TryGet(value, out BigInteger whole) ? whole : 0, 'd');
            case 'x' or 'X' or 'o' when Numbers.TryGet(value, out BigInteger integer):
                return spec.Integer(integer, letter);
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G' when Numbers.TryGet(value, out double number):
                return spec.Real(number, letter);
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o' or 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                throw new JinjaException($"%{letter} takes a number, not {TypeNames.Of(value)}");
            default:
                throw new JinjaException($"the format has '%{letter}', which is not known");
        }
    }
}
