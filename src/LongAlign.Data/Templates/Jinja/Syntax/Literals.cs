namespace LongAlign.Data.Templates.Jinja;

internal sealed class Constant(Position at, object? value) : Expression(at)
{
    public object? Value { get; } = value;

    protected override object? Compute(Frame frame) => Value;
}

internal sealed class NameExpression(Position at, string name) : Expression(at)
{
    public string Name { get; } = name;

    protected override object? Compute(Frame frame)
        => frame.Scope.TryGet(Name, out object? value) ? value
            : Name is "self" or "super" ? throw new JinjaException($"'{Name}' is not supported: a chat template has no parents")
            : new Undefined($"'{Name}' is undefined");
}

internal sealed class ListExpression(Position at, IReadOnlyList<Expression> items, bool isTuple) : Expression(at)
{
    public IReadOnlyList<Expression> Items { get; } = items;

    public bool IsTuple { get; } = isTuple;

    protected override object? Compute(Frame frame)
    {
        object?[] values = [.. Items.Select(item => item.Evaluate(frame))];
        return IsTuple ? new JinjaTuple(values) : new JinjaList(values);
    }
}

internal sealed class DictExpression(Position at, IReadOnlyList<(Expression Key, Expression Value)> pairs) : Expression(at)
{
    protected override object? Compute(Frame frame)
    {
        JinjaDict dict = new();
        foreach ((Expression key, Expression value) in pairs)
        {
            object? name = key.Evaluate(frame);
            dict[name] = Part(value, frame);
        }

        return dict;
    }
}
