namespace LongAlign.Data.Templates.Jinja;

/// <summary>The arguments of a call, as the template has them.</summary>
/// <param name="Positional">The arguments without names.</param>
/// <param name="Named">The arguments with names.</param>
/// <param name="Many">The argument behind <c>*</c>.</param>
/// <param name="ManyNamed">The argument behind <c>**</c>.</param>
internal sealed record ArgumentList(
    IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named, Expression? Many, Expression? ManyNamed)
{
    public static ArgumentList Empty { get; } = new([], [], null, null);

    /// <param name="frame">The frame to evaluate them in.</param>
    /// <param name="first">Stands before them; none where it is null.</param>
    /// <param name="further">A further named argument.</param>
    public Arguments Evaluate(Frame frame, object?[]? first = null, (string Name, object? Value)? further = null)
    {
        List<object?> positional = [.. first ?? [], .. Positional.Select(argument => argument.Evaluate(frame))];
        List<(string Name, object? Value)> named = [.. Named.Select(argument => (argument.Name, argument.Value.Evaluate(frame)))];
        if (Many is not null)
        {
            positional.AddRange(Iteration.ToList(Many.Evaluate(frame)));
        }

        if (ManyNamed is not null)
        {
            JinjaDict dict = ManyNamed.Evaluate(frame) as JinjaDict ?? throw new JinjaException("behind '**' a dictionary is expected");
            named.AddRange(dict.Pairs.Select(pair => (pair.Key is Text name ? name.Value : throw new JinjaException("an argument's name is a text"), pair.Value)));
        }

        if (further is not null)
        {
            named.Add(further.Value);
        }

        return new Arguments(positional, named);
    }
}

internal sealed class CallExpression(Position at, Expression callee, ArgumentList arguments) : Expression(at)
{
    /// <summary>Calls, with the body of a call block where there is one.</summary>
    public object? Call(Frame frame, MacroValue? caller)
    {
        object? function = callee.Evaluate(frame);
        Arguments values = arguments.Evaluate(frame, further: caller is null ? null : ("caller", caller));
        frame.Execution.At = At;
        return function switch
        {
            Callable callable => frame.Execution.Call(callable, values),
            Undefined undefined => throw undefined.Fault(),
            _ => throw new JinjaException($"{TypeNames.Of(function)} can't be called"),
        };
    }

    protected override object? Compute(Frame frame) => Call(frame, caller: null);
}

/// <summary>A filter; one of a block has no value before it.</summary>
internal sealed class FilterExpression(Position at, Expression? value, string name, ArgumentList arguments) : Expression(at)
{
    /// <summary>Filters a value that is not the expression's own, as blocks do.</summary>
    public object? Apply(Frame frame, Text block) => Filter(frame, value is FilterExpression inner ? inner.Apply(frame, block) : block);

    protected override object? Compute(Frame frame) => Filter(frame, value!.Evaluate(frame));

    private object? Filter(Frame frame, object? filtered)
    {
        Arguments values = arguments.Evaluate(frame, [filtered]);
        frame.Execution.At = At;
        return frame.Execution.Charge(Filters.Find(name)(frame.Execution, values));
    }
}

internal sealed class TestExpression(Position at, Expression value, string name, ArgumentList arguments) : Expression(at)
{
    protected override object? Compute(Frame frame)
    {
        Arguments values = arguments.Evaluate(frame, [value.Evaluate(frame)]);
        frame.Execution.At = At;
        return Tests.Find(name)(frame.Execution, values);
    }
}
