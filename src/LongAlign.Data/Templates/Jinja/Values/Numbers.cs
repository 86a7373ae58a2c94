using System.Globalization;
using System.Numerics;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Numbers as Python has them; True and False are 1 and 0.</summary>
internal static class Numbers
{
    public static bool TryGet(object? value, out BigInteger number)
    {
        number = value switch { BigInteger integer => integer, true => 1, _ => 0 };
        return value is BigInteger or bool;
    }

    public static bool TryGet(object? value, out double number)
    {
        number = value is double real ? real : TryGet(value, out BigInteger integer) ? (double)integer : 0;
        return value is double or BigInteger or bool;
    }

    public static object Checked(BigInteger number)
        => number.GetBitLength() <= JinjaLimits.MaxBits ? number : throw new JinjaException($"an integer has more than {JinjaLimits.MaxBits:N0} bits");

    /// <summary>An integer as Python's int() reads it: with white space around and underscores between digits.</summary>
    public static bool TryParse(string text, int numberBase, out BigInteger number)
    {
        number = 0;
        ReadOnlySpan<char> digits = PythonText.Trim(text);
        bool isNegative = digits is ['-', ..];
        digits = digits is ['-' or '+', ..] ? digits[1..] : digits;
        int prefixed = digits is ['0', var letter, _, ..] ? char.ToLowerInvariant(letter) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 } : 0;
        if (prefixed != 0 && (numberBase == prefixed || numberBase == 0))
        {
            numberBase = prefixed;
            digits = digits[2..];
            digits = digits is ['_', ..] ? digits[1..] : digits;
        }
        else if (numberBase == 0)
        {
            numberBase = 10;
        }

        if (digits.Length is 0 or > 4300 || digits[0] == '_' || digits[^1] == '_' || digits.Contains("__", StringComparison.Ordinal))
        {
            return false;
        }

        foreach (char c in digits)
        {
            int digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetter(c) ? char.ToLowerInvariant(c) - 'a' + 10 : char.IsDigit(c) ? (int)char.GetNumericValue(c) : 99;
            if (c == '_')
            {
                continue;
            }

            if (digit >= numberBase)
            {
                return false;
            }

            number = (number * numberBase) + digit;
        }

        number = isNegative ? -number : number;
        return true;
    }

    public static bool TryParse(string text, out double number)
    {
        string digits = PythonText.Trim(text).ToString();
        string lower = digits.ToLowerInvariant().TrimStart('+', '-');
        double special = lower switch { "inf" or "infinity" => double.PositiveInfinity, "nan" => double.NaN, _ => 0 };
        if (special != 0)
        {
            number = digits[0] == '-' ? -special : special;
            return true;
        }

        bool isNumber = digits.All(c => char.IsAsciiDigit(c) || c is '.' or 'e' or 'E' or '+' or '-' or '_');
        number = 0;
        return isNumber && double.TryParse(digits.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>A float times a power of ten, exactly, with halves rounded to even.</summary>
    public static BigInteger Scale(double size, int digits)
    {
        long bits = BitConverter.DoubleToInt64Bits(size);
        int exponent = (int)((bits >> 52) & 0x7FF);
        BigInteger number = exponent == 0 ? bits & 0xFFFFFFFFFFFFF : (bits & 0xFFFFFFFFFFFFF) | 0x10000000000000;
        number *= BigInteger.Pow(10, digits);
        int shift = Math.Max(1, exponent) - 1075;
        if (shift >= 0)
        {
            return number << shift;
        }

        BigInteger one = BigInteger.One << -shift;
        BigInteger whole = BigInteger.DivRem(number, one, out BigInteger rest);
        int half = (rest * 2).CompareTo(one);
        return half > 0 || (half == 0 && !whole.IsEven) ? whole + 1 : whole;
    }

    /// <summary>A float as Python's repr writes it: 2.0, 1e-07, 1e+16.</summary>
    public static string Repr(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }

        string round = number.ToString("R", CultureInfo.InvariantCulture);
        string sign = round[0] == '-' ? "-" : "";
        round = round[sign.Length..];
        int e = round.IndexOf('E', StringComparison.Ordinal);
        int exponent = e < 0 ? 0 : int.Parse(round.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string mantissa = e < 0 ? round : round[..e];
        int dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        int point = (dot < 0 ? mantissa.Length : dot) + exponent;
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        int zeros = digits.Length - digits.TrimStart('0').Length;
        digits = digits[zeros..].TrimEnd('0');
        point -= zeros;
        if (digits.Length == 0)
        {
            return sign + "0.0";
        }

        if (point is <= -4 or > 16)
        {
            string rest = digits.Length > 1 ? "." + digits[1..] : "";
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{digits[0]}{rest}e{(point - 1 < 0 ? '-' : '+')}{Math.Abs(point - 1):00}");
        }

        return sign + (point <= 0 ? "0." + new string('0', -point) + digits
            : point >= digits.Length ? digits + new string('0', point - digits.Length) + ".0"
            : digits[..point] + "." + digits[point..]);
    }
}
