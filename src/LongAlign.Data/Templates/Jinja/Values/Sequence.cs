using System.Numerics;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>A list, a tuple or a range.</summary>
internal abstract class Sequence(IReadOnlyList<object?> items)
{
    public IReadOnlyList<object?> Items { get; } = items.Count <= JinjaLimits.MaxItems
        ? items
        : throw new JinjaException($"a list has more than {JinjaLimits.MaxItems:N0} items");

    /// <summary>The same kind with other items.</summary>
    public abstract Sequence With(IReadOnlyList<object?> items);
}

internal sealed class JinjaList(IReadOnlyList<object?> items) : Sequence(items)
{
    public override Sequence With(IReadOnlyList<object?> items) => new JinjaList(items);
}

internal class JinjaTuple(params IReadOnlyList<object?> items) : Sequence(items)
{
    public override Sequence With(IReadOnlyList<object?> items) => new JinjaTuple(items);
}

/// <summary>The result of <c>groupby</c>: a pair whose parts have names.</summary>
internal sealed class Group(object? grouper, JinjaList list) : JinjaTuple(grouper, list);

internal sealed class JinjaRange : Sequence
{
    private const int MaxLength = 100_000;

    private readonly string _text;

    private JinjaRange(string text, IReadOnlyList<object?> items)
        : base(items) => _text = text;

    public static JinjaRange Of(BigInteger start, BigInteger stop, BigInteger step)
    {
        if (step.IsZero)
        {
            throw new JinjaException("range() takes no step of 0");
        }

        BigInteger count = BigInteger.Max(0, (stop - start + step - step.Sign) / step);
        if (count > MaxLength)
        {
            throw new JinjaException($"a range has {count} items; at most {MaxLength:N0} are allowed");
        }

        object?[] items = new object?[(int)count];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = start + (i * step);
        }

        return new JinjaRange(step.IsOne ? $"range({start}, {stop})" : $"range({start}, {stop}, {step})", items);
    }

    public override Sequence With(IReadOnlyList<object?> items) => throw new JinjaException("part of a range is not supported; make it a list");

    public override string ToString() => _text;
}
