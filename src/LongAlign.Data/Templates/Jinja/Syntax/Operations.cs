namespace LongAlign.Data.Templates.Jinja;

internal sealed class BinaryExpression(Position at, string symbol, Expression left, Expression right) : Expression(at)
{
    protected override object? Compute(Frame frame)
    {
        object? first = left.Evaluate(frame);
        object? second = Part(right, frame);
        return frame.Execution.Charge(Arithmetic.Apply(symbol, first, second));
    }
}

internal sealed class SignExpression(Position at, bool isMinus, Expression value) : Expression(at)
{
    protected override object? Compute(Frame frame) => Arithmetic.Sign(Part(value, frame), isMinus);
}

/// <summary>Texts laid together: <c>a ~ b</c>.</summary>
internal sealed class ConcatExpression(Position at, IReadOnlyList<Expression> parts) : Expression(at)
{
    protected override object? Compute(Frame frame)
    {
        TextBuilder text = new();
        foreach (Expression part in parts)
        {
            text.Append(Printing.ToText(Part(part, frame)));
        }

        return frame.Execution.Charge(text.ToText());
    }
}

internal sealed class AttributeExpression(Position at, Expression owner, string name) : Expression(at)
{
    protected override object? Compute(Frame frame) => Members.Attribute(Part(owner, frame), name);
}

internal sealed class ItemExpression(Position at, Expression owner, Expression key) : Expression(at)
{
    protected override object? Compute(Frame frame)
    {
        object? value = owner.Evaluate(frame);
        return frame.Execution.Charge(Members.Item(value, Part(key, frame)));
    }
}

internal sealed class SliceExpression(Position at, Expression owner, Expression? start, Expression? stop, Expression? step) : Expression(at)
{
    protected override object? Compute(Frame frame)
    {
        object? value = owner.Evaluate(frame);
        object? Bound(Expression? bound) => bound?.Evaluate(frame);
        (object? first, object? last, object? stride) = (Bound(start), Bound(stop), Bound(step));
        frame.Execution.At = At;
        return frame.Execution.Charge(Slicing.Of(value, first, last, stride));
    }
}
