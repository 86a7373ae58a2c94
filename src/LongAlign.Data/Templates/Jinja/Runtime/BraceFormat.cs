using System.Globalization;
using System.Numerics;

namespace LongAlign.Data.Templates.Jinja;

/// <summary><c>'{} of {n:,}'.format(a, n=b)</c></summary>
internal static class BraceFormat
{
    private const int MaxWidth = 100_000;

    public static Text Apply(Text format, Arguments arguments)
    {
        string text = format.Value;
        TextBuilder builder = new();
        int next = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is '{' or '}' && i + 1 < text.Length && text[i + 1] == c)
            {
                builder.Append(format, i++, 1);
                continue;
            }

            if (c == '}')
            {
                throw new JinjaException("the format has a single '}'");
            }

            if (c != '{')
            {
                builder.Append(format, i, 1);
                continue;
            }

            int end = text.IndexOf('}', i);
            string field = end < 0 ? throw new JinjaException("the format has a single '{'") : text[(i + 1)..end];
            if (field.Contains('{', StringComparison.Ordinal))
            {
                throw new JinjaException("a place for a value within another is not supported in formats");
            }

            builder.Append(Field(field, arguments, ref next));
            i = end;
        }

        return builder.ToText(format.IsMarkup);
    }

    private static Text Field(string field, Arguments arguments, ref int next)
    {
        int colon = field.IndexOf(':', StringComparison.Ordinal);
        string spec = colon < 0 ? "" : field[(colon + 1)..];
        string path = colon < 0 ? field : field[..colon];
        int bang = path.IndexOf('!', StringComparison.Ordinal);
        string conversion = bang < 0 ? "" : path[(bang + 1)..];
        object? value = Value(bang < 0 ? path : path[..bang], arguments, ref next);
        value = conversion switch
        {
            "" => value,
            "s" => Printing.ToText(value),
            "r" => Printing.Repr(value),
            _ => throw new JinjaException($"the format has the conversion '!{conversion}', which is not supported"),
        };
        return Show(value, spec);
    }

    private static object? Value(string path, Arguments arguments, ref int next)
    {
        int end = path.IndexOfAny(['.', '[']);
        string name = end < 0 ? path : path[..end];
        string rest = end < 0 ? "" : path[end..];
        object? value;
        if (name.Length == 0 || name.All(char.IsAsciiDigit))
        {
            int index = name.Length == 0 ? next++ : int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : int.MaxValue;
            value = index < arguments.Positional.Count ? arguments.Positional[index] : throw new JinjaException("the format has more places than there are values");
        }
        else
        {
            int at = arguments.Named.ToList().FindIndex(argument => argument.Name == name);
            value = at >= 0 ? arguments.Named[at].Value : throw new JinjaException($"the format asks for '{name}', which is not given");
        }

        while (rest.Length > 0)
        {
            int stop = rest[0] == '[' ? rest.IndexOf(']', StringComparison.Ordinal) : rest.IndexOfAny(['.', '['], 1);
            stop = stop < 0 ? rest.Length : stop;
            string key = rest[1..stop];
            value = rest[0] == '.' ? Members.Attribute(value, key)
                : Members.Item(value, key.Length > 0 && key.All(char.IsAsciiDigit) ? BigInteger.Parse(key, CultureInfo.InvariantCulture) : Text.Literal(key));
            rest = rest[0] == '[' ? rest[Math.Min(rest.Length, stop + 1)..] : rest[stop..];
        }

        return value;
    }

    /// <summary>[[fill]align][sign][#][0][width][,][.precision][type]</summary>
    private static Text Show(object? value, string spec)
    {
        if (spec.Length == 0)
        {
            return Printing.ToText(value);
        }

        if (value is not Text && !Numbers.TryGet(value, out double _))
        {
            throw new JinjaException($"a {TypeNames.Of(value)} takes no format '{spec}'");
        }

        int i = spec.Length > 1 && "<>=^".Contains(spec[1], StringComparison.Ordinal) ? 1 : 0;
        bool isAligned = "<>=^".Contains(spec[i], StringComparison.Ordinal);
        char fill = i == 1 ? spec[0] : ' ';
        char align = isAligned ? spec[i++] : value is Text ? '<' : '>';
        char sign = i < spec.Length && spec[i] is '+' or '-' or ' ' ? spec[i++] : '-';
        bool isAlternate = Take('#');
        if (Take('0') && !isAligned)
        {
            (fill, align) = ('0', value is Text ? '<' : '=');
        }

        int width = Number() ?? 0;
        char grouping = i < spec.Length && spec[i] is ',' or '_' ? spec[i++] : '\0';
        int? precision = Take('.') ? Number() ?? throw new JinjaException($"the format '{spec}' lacks its precision") : null;
        char? letter = i < spec.Length ? spec[i++] : null;
        if (i < spec.Length)
        {
            throw new JinjaException($"the format '{spec}' is not known");
        }

        FormatSpec format = new() { Align = align, Fill = fill, Sign = sign, IsAlternate = isAlternate, Grouping = grouping, Width = width, Precision = precision };
        return (value, letter) switch
        {
            (Text text, null or 's') when align != '=' => format.Pad(format.Cut(text)),
            (BigInteger or bool, null or 'd' or 'x' or 'X' or 'o' or 'b') when Numbers.TryGet(value, out BigInteger integer) => format.Integer(integer, letter ?? 'd'),
            (not Text, 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or '%') when Numbers.TryGet(value, out double real) => format.Real(real, letter.Value),
            (double real, null) when precision is null => format.Pad(Text.Literal(Numbers.Repr(real))),
            _ => throw new JinjaException($"a {TypeNames.Of(value)} takes no format '{spec}'"),
        };

        bool Take(char c)
        {
            bool isThere = i < spec.Length && spec[i] == c;
            i += isThere ? 1 : 0;
            return isThere;
        }

        int? Number()
        {
            int start = i;
            while (i < spec.Length && char.IsAsciiDigit(spec[i]))
            {
                i++;
            }

            return i == start ? null
                : int.TryParse(spec.AsSpan(start, i - start), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= MaxWidth ? number
                : throw new JinjaException($"a width of more than {MaxWidth:N0}");
        }
    }
}
