namespace LongAlign.Data.Templates.Jinja;

internal sealed class AndExpression(Position at, Expression left, Expression right) : Expression(at)
{
    protected override object? Compute(Frame frame) => left.Evaluate(frame) is var value && Truth.Of(value) ? right.Evaluate(frame) : value;
}

internal sealed class OrExpression(Position at, Expression left, Expression right) : Expression(at)
{
    protected override object? Compute(Frame frame) => left.Evaluate(frame) is var value && Truth.Of(value) ? value : right.Evaluate(frame);
}

internal sealed class NotExpression(Position at, Expression value) : Expression(at)
{
    protected override object? Compute(Frame frame) => !Truth.Of(value.Evaluate(frame));
}

internal sealed class ConditionalExpression(Position at, Expression test, Expression then, Expression? otherwise) : Expression(at)
{
    protected override object? Compute(Frame frame)
        => Truth.Of(test.Evaluate(frame)) ? then.Evaluate(frame)
            : otherwise is not null ? otherwise.Evaluate(frame)
            : new Undefined("the inline if-expression was false and has no else");
}

/// <summary>Comparisons one after another: <c>a &lt; b &lt;= c</c>.</summary>
internal sealed class ComparisonExpression(Position at, Expression first, IReadOnlyList<(string Symbol, Expression Operand)> rest) : Expression(at)
{
    protected override object? Compute(Frame frame)
    {
        object? left = first.Evaluate(frame);
        foreach ((string symbol, Expression operand) in rest)
        {
            object? right = Part(operand, frame);
            bool isTrue = symbol switch
            {
                "==" => Comparing.AreEqual(left, right),
                "!=" => !Comparing.AreEqual(left, right),
                "in" => Comparing.Contains(right, left),
                "not in" => !Comparing.Contains(right, left),
                "<" => Comparing.Compare(left, right, symbol) < 0,
                "<=" => Comparing.Compare(left, right, symbol) <= 0,
                ">" => Comparing.Compare(left, right, symbol) > 0,
                _ => Comparing.Compare(left, right, symbol) >= 0,
            };
            if (!isTrue)
            {
                return false;
            }

            left = right;
        }

        return true;
    }
}
