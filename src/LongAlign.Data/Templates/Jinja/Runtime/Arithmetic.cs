using System.Numerics;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Operators on numbers, texts and lists, as Python has them.</summary>
internal static class Arithmetic
{
    public static object? Apply(string symbol, object? left, object? right)
    {
        Undefined? undefined = left as Undefined ?? right as Undefined;
        if (undefined is not null && !(symbol == "%" && left is Text))
        {
            throw undefined.Fault();
        }

        return symbol switch
        {
            "+" when (left, right) is (Text a, Text b) => Join(a, b),
            "+" when (left, right) is (JinjaList a, JinjaList b) => new JinjaList([.. a.Items, .. b.Items]),
            "+" when (left, right) is (JinjaTuple a, JinjaTuple b) => new JinjaTuple([.. a.Items, .. b.Items]),
            "*" when left is Text or JinjaList or JinjaTuple && Numbers.TryGet(right, out BigInteger count) => Repeat(left, count),
            "*" when right is Text or JinjaList or JinjaTuple && Numbers.TryGet(left, out BigInteger count) => Repeat(right, count),
            "%" when left is Text format => PercentFormat.Apply(format, right),
            _ when Numbers.TryGet(left, out BigInteger a) && Numbers.TryGet(right, out BigInteger b) => Integers(symbol, a, b),
            _ when Numbers.TryGet(left, out double a) && Numbers.TryGet(right, out double b) => Reals(symbol, a, b),
            _ => throw new JinjaException($"'{symbol}' does not take {TypeNames.Of(left)} and {TypeNames.Of(right)}"),
        };
    }

    public static object Sign(object? value, bool isMinus) => value switch
    {
        Undefined undefined => throw undefined.Fault(),
        _ when Numbers.TryGet(value, out BigInteger integer) => isMinus ? -integer : integer,
        double real => isMinus ? -real : real,
        _ => throw new JinjaException($"a {TypeNames.Of(value)} has no sign"),
    };

    /// <summary>Markup escapes what is added to it.</summary>
    public static Text Join(Text left, Text right)
    {
        bool isMarkup = left.IsMarkup || right.IsMarkup;
        if (isMarkup)
        {
            (left, right) = (Html.Escape(left), Html.Escape(right));
        }

        return new TextBuilder().Append(left).Append(right).ToText(isMarkup);
    }

    private static object Repeat(object? value, BigInteger count)
    {
        int length = value is Text whole ? whole.Value.Length : Iteration.Length(value);
        count = length == 0 ? 0 : BigInteger.Max(0, count);
        int limit = value is Text ? JinjaLimits.MaxTextLength : JinjaLimits.MaxItems;
        if (count * length > limit)
        {
            throw new JinjaException($"{length} times {count} is more than {limit:N0}");
        }

        if (value is Sequence sequence)
        {
            return sequence.With([.. Enumerable.Repeat(sequence.Items, (int)count).SelectMany(items => items)]);
        }

        TextBuilder text = new();
        for (int i = 0; i < (int)count; i++)
        {
            text.Append((Text)value!);
        }

        return text.ToText(((Text)value!).IsMarkup);
    }

    private static object Integers(string symbol, BigInteger a, BigInteger b) => symbol switch
    {
        "+" => Numbers.Checked(a + b),
        "-" => Numbers.Checked(a - b),
        "*" => Numbers.Checked(a * b),
        "/" => (double)a / (double)NotZero(b),
        "//" => Floor(a, NotZero(b)),
        "%" => a - (b * Floor(a, NotZero(b))),
        _ when b.Sign < 0 => Math.Pow((double)NotZero(a), (double)b),
        _ when b > JinjaLimits.MaxBits || a.GetBitLength() * (long)b > JinjaLimits.MaxBits => BigInteger.Abs(a) <= 1 ? Power(a, b) : throw new JinjaException($"{a}**{b} is too large"),
        _ => BigInteger.Pow(a, (int)b),
    };

    private static BigInteger Power(BigInteger a, BigInteger b) => b.IsEven ? a * a : a;

    private static double Reals(string symbol, double a, double b) => symbol switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a / NotZero(b),
        "//" => Math.Floor(a / NotZero(b)),
        "%" => a - (NotZero(b) * Math.Floor(a / b)),
        _ => Math.Pow(a, b),
    };

    private static BigInteger Floor(BigInteger a, BigInteger b)
    {
        BigInteger quotient = BigInteger.DivRem(a, b, out BigInteger rest);
        return !rest.IsZero && (rest.Sign < 0) != (b.Sign < 0) ? quotient - 1 : quotient;
    }

    private static BigInteger NotZero(BigInteger number) => number.IsZero ? throw new JinjaException("a number is divided by 0") : number;

    private static double NotZero(double number) => number == 0 ? throw new JinjaException("a number is divided by 0") : number;
}
