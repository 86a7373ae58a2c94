using System.Globalization;
using System.Numerics;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Filters that give numbers, and <c>default</c>.</summary>
internal static class NumberFilters
{
    public static void AddTo(Dictionary<string, Func<Execution, Arguments, object?>> all)
    {
        all["default"] = all["d"] = (_, arguments) =>
        {
            BoundArguments bound = arguments.Bind("default", 1, "value", "default_value", "boolean");
            return bound[0] is Undefined || (bound.Bool(2, otherwise: false) && !Truth.Of(bound[0])) ? bound.Has(1) ? bound[1] : Text.Empty : bound[0];
        };
        all["abs"] = (_, arguments) => Abs(arguments.Bind("abs", 1, "x")[0]);
        all["int"] = (_, arguments) => Int(arguments.Bind("int", 1, "value", "default", "base"));
        all["float"] = (_, arguments) => Float(arguments.Bind("float", 1, "value", "default"));
        all["round"] = (_, arguments) => Round(arguments.Bind("round", 1, "value", "precision", "method"));
        all["length"] = all["count"] = (_, arguments) => (BigInteger)Iteration.Length(arguments.Bind("length", 1, "obj")[0]);
    }

    private static object Abs(object? value) => value switch
    {
        Undefined undefined => throw undefined.Fault(),
        double real => Math.Abs(real),
        _ when Numbers.TryGet(value, out BigInteger integer) => BigInteger.Abs(integer),
        _ => throw new JinjaException($"abs() takes a number, not {TypeNames.Of(value)}"),
    };

    private static object? Int(BoundArguments bound)
    {
        object? otherwise = bound.Has(1) ? bound[1] : BigInteger.Zero;
        switch (bound[0])
        {
            case Undefined undefined:
                throw undefined.Fault();
            case double real:
                return double.IsFinite(real) ? new BigInteger(Math.Truncate(real)) : otherwise;
            case Text text when Numbers.TryParse(text.Value, bound.Int(2, 10), out BigInteger integer):
                return integer;
            case Text text when Numbers.TryParse(text.Value, out double real) && double.IsFinite(real):
                return new BigInteger(Math.Truncate(real));
            default:
                return Numbers.TryGet(bound[0], out BigInteger number) ? number : otherwise;
        }
    }

    private static object? Float(BoundArguments bound) => bound[0] switch
    {
        Undefined undefined => throw undefined.Fault(),
        Text text when Numbers.TryParse(text.Value, out double real) => real,
        var value when Numbers.TryGet(value, out double number) => number,
        _ => bound.Has(1) ? bound[1] : 0.0,
    };

    /// <summary>Halves are rounded to even, as Python does; a float it stays.</summary>
    private static object? Round(BoundArguments bound)
    {
        object? value = bound[0];
        int precision = bound.Int(1, 0);
        string method = bound.Text(2, "common").Value;
        if (value is Undefined undefined)
        {
            throw undefined.Fault();
        }

        if (!Numbers.TryGet(value, out double real) || Math.Abs(precision) > 300)
        {
            throw new JinjaException($"round() takes a number and a precision, not {TypeNames.Of(value)} and {precision}");
        }

        switch (method)
        {
            case "common" when value is BigInteger or bool && precision >= 0:
                return Numbers.TryGet(value, out BigInteger integer) ? integer : value;
            case "common":
                return precision >= 0 && double.IsFinite(real)
                    ? double.Parse($"{Numbers.Scale(Math.Abs(real), precision)}E{-precision}", CultureInfo.InvariantCulture) * (real < 0 ? -1 : 1)
                    : throw new JinjaException($"round() of {Numbers.Repr(real)} with the precision {precision} is not supported");
            case "ceil" or "floor":
                double scale = Math.Pow(10, precision);
                return (method == "ceil" ? Math.Ceiling(real * scale) : Math.Floor(real * scale)) / scale;
            default:
                throw new JinjaException($"round() knows no method '{method}'; expected common, ceil or floor");
        }
    }
}
