using System.Numerics;
using System.Runtime.CompilerServices;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Equality and order as Python has them.</summary>
internal static class Comparing
{
    public static bool AreEqual(object? left, object? right)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return (left, right) switch
        {
            (null, null) or (Undefined, Undefined) => true,
            (Text a, Text b) => a.Equals(b),
            (JinjaList a, JinjaList b) => AreEqual(a.Items, b.Items),
            (JinjaTuple a, JinjaTuple b) => AreEqual(a.Items, b.Items),
            (JinjaRange a, JinjaRange b) => AreEqual(a.Items, b.Items),
            (JinjaDict a, JinjaDict b) => a.Count == b.Count && a.Pairs.All(pair => b.TryGet(pair.Key, out object? other) && AreEqual(pair.Value, other)),
            (DictView a, DictView b) when a.Kind == "dict_keys" => a.Kind == b.Kind && a.Items.Count == b.Items.Count && a.Items.All(key => b.Items.Any(other => AreEqual(key, other))),
            _ when Numbers.TryGet(left, out BigInteger a) && Numbers.TryGet(right, out BigInteger b) => a == b,
            _ when Numbers.TryGet(left, out double a) && Numbers.TryGet(right, out double b) => a == b,
            _ => ReferenceEquals(left, right),
        };
    }

    /// <summary>Less than 0, 0 or more than 0; null where a number is none.</summary>
    /// <exception cref="JinjaException">There is no order between them.</exception>
    public static int? Compare(object? left, object? right, string symbol)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (left, right)
        {
            case (Undefined undefined, _):
                throw undefined.Fault();
            case (_, Undefined undefined):
                throw undefined.Fault();
            case (Text a, Text b):
                return CompareCodePoints(a.Value, b.Value);
            case (JinjaList a, JinjaList b):
                return Compare(a.Items, b.Items, symbol);
            case (JinjaTuple a, JinjaTuple b):
                return Compare(a.Items, b.Items, symbol);
        }

        if (Numbers.TryGet(left, out BigInteger i) && Numbers.TryGet(right, out BigInteger j))
        {
            return i.CompareTo(j);
        }

        if (Numbers.TryGet(left, out double x) && Numbers.TryGet(right, out double y))
        {
            return double.IsNaN(x) || double.IsNaN(y) ? null : x.CompareTo(y);
        }

        throw new JinjaException($"'{symbol}' does not compare {TypeNames.Of(left)} and {TypeNames.Of(right)}");
    }

    public static bool Contains(object? container, object? item)
    {
        switch (container)
        {
            case Text text:
                return item is Text part
                    ? text.Value.Contains(part.Value, StringComparison.Ordinal)
                    : throw new JinjaException($"'in' looks for a text in a text, not for {TypeNames.Of(item)}");
            case JinjaDict dict:
                return dict.TryGet(item, out _);
            default:
                return Iteration.Of(container).Any(other => AreEqual(other, item));
        }
    }

    private static bool AreEqual(IReadOnlyList<object?> left, IReadOnlyList<object?> right)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        for (int i = 0; i < left.Count; i++)
        {
            if (!ReferenceEquals(left[i], right[i]) && !AreEqual(left[i], right[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static int? Compare(IReadOnlyList<object?> left, IReadOnlyList<object?> right, string symbol)
    {
        for (int i = 0; i < Math.Min(left.Count, right.Count); i++)
        {
            if (!AreEqual(left[i], right[i]))
            {
                return Compare(left[i], right[i], symbol);
            }
        }

        return left.Count.CompareTo(right.Count);
    }

    /// <summary>UTF-16 units are not in the order of code points: surrogates stand before U+E000.</summary>
    private static int CompareCodePoints(string left, string right)
    {
        int at = left.AsSpan().CommonPrefixLength(right);
        if (at == left.Length || at == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        return Rank(left[at]).CompareTo(Rank(right[at]));

        static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
    }
}
