using System.Globalization;
using System.Numerics;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>The format of a value: width, sign and digits.</summary>
internal sealed record FormatSpec
{
    public char Align { get; init; } = '>';

    public char Fill { get; init; } = ' ';

    public char Sign { get; init; } = '-';

    public bool IsAlternate { get; init; }

    /// <summary>The character between thousands; 0 for none.</summary>
    public char Grouping { get; init; }

    public int Width { get; init; }

    public int? Precision { get; init; }

    /// <summary>The beginning of a text.</summary>
    public Text Cut(Text text) => Precision is { } most && text.Length > most ? text.Substring(0, text.OffsetOf(most)) : text;

    public Text Pad(Text text)
    {
        Text fill = Text.Literal(Fill.ToString());
        int missing = Math.Max(0, Width - text.Length);
        return Align switch
        {
            '<' => TextEditing.Pad(text, Width, fill, Side.Right),
            '^' => TextEditing.Pad(TextEditing.Pad(text, text.Length + (missing / 2), fill, Side.Left), Width, fill, Side.Right),
            _ => TextEditing.Pad(text, Width, fill, Side.Left),
        };
    }

    public Text Integer(BigInteger value, char letter)
    {
        BigInteger size = BigInteger.Abs(value);
        string digits = letter switch
        {
            'x' => Digits(size, 16),
            'X' => Digits(size, 16).ToUpperInvariant(),
            'o' => Digits(size, 8),
            'b' => Digits(size, 2),
            _ => Group(size.ToString(CultureInfo.InvariantCulture)),
        };
        string prefix = IsAlternate && letter != 'd' ? "0" + letter : "";
        return Number(value.Sign < 0, prefix, Precision is { } least ? digits.PadLeft(least, '0') : digits);
    }

    public Text Real(double value, char letter)
    {
        if (!double.IsFinite(value))
        {
            string name = double.IsNaN(value) ? "nan" : "inf";
            return (this with { Fill = Fill == '0' ? ' ' : Fill }).Number(value < 0, "", char.IsUpper(letter) ? name.ToUpperInvariant() : name);
        }

        double size = Math.Abs(value);
        int precision = Math.Min(Precision ?? 6, 1_000);
        string digits = char.ToLowerInvariant(letter) switch
        {
            'f' => Fixed(size, precision),
            'e' => Exponential(size, precision),
            '%' => Fixed(size * 100, precision) + "%",
            _ => General(size, Math.Max(1, precision)),
        };
        return Number(double.IsNegative(value), "", char.IsUpper(letter) ? digits.ToUpperInvariant() : digits);
    }

    public static string Digits(BigInteger size, int numberBase)
    {
        if (size.IsZero)
        {
            return "0";
        }

        Span<char> digits = new char[(int)size.GetBitLength() + 1];
        int at = digits.Length;
        for (; !size.IsZero; size /= numberBase)
        {
            digits[--at] = "0123456789abcdef"[(int)(size % numberBase)];
        }

        return new string(digits[at..]);
    }

    private string Fixed(double size, int precision)
    {
        string digits = Numbers.Scale(size, precision).ToString(CultureInfo.InvariantCulture).PadLeft(precision + 1, '0');
        string whole = Group(digits[..^precision]);
        return precision == 0 ? whole : $"{whole}.{digits[^precision..]}";
    }

    private static string Exponential(double size, int precision)
    {
        string digits = size.ToString("e" + precision.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        int e = digits.IndexOf('e', StringComparison.Ordinal);
        string exponent = digits[(e + 2)..].TrimStart('0').PadLeft(2, '0');
        return digits[..(e + 2)] + exponent;
    }

    private string General(double size, int precision)
    {
        string exponential = Exponential(size, precision - 1);
        int e = exponential.IndexOf('e', StringComparison.Ordinal);
        int exponent = int.Parse(exponential.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return exponent >= -4 && exponent < precision
            ? Shorten(Fixed(size, precision - 1 - exponent))
            : Shorten(exponential[..e]) + exponential[e..];

        string Shorten(string digits) => !IsAlternate && digits.Contains('.', StringComparison.Ordinal) ? digits.TrimEnd('0').TrimEnd('.') : digits;
    }

    private string Group(string digits)
    {
        if (Grouping == 0)
        {
            return digits;
        }

        for (int at = digits.Length - 3; at > 0; at -= 3)
        {
            digits = digits.Insert(at, Grouping.ToString());
        }

        return digits;
    }

    private Text Number(bool isNegative, string prefix, string digits)
    {
        string sign = (isNegative ? "-" : Sign == '-' ? "" : Sign.ToString()) + prefix;
        return Align == '='
            ? Text.Literal(sign + digits.PadLeft(Math.Max(0, Width - sign.Length), Fill))
            : Pad(Text.Literal(sign + digits));
    }
}
