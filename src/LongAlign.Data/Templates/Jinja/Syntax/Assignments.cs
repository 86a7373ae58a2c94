namespace LongAlign.Data.Templates.Jinja;

/// <summary>The target of an assignment.</summary>
internal abstract class Target
{
    public abstract void Assign(Frame frame, object? value);
}

internal sealed class NameTarget(string name) : Target
{
    public override void Assign(Frame frame, object? value) => frame.Scope[name] = value;
}

internal sealed class AttributeTarget(string name, string attribute) : Target
{
    public override void Assign(Frame frame, object? value)
    {
        Namespace owner = frame.Scope.TryGet(name, out object? found) && found is Namespace names
            ? names
            : throw new JinjaException($"'{name}' is not a namespace; only attributes of a namespace can be set");
        owner.Attributes[attribute] = value;
    }
}

internal sealed class TupleTarget(IReadOnlyList<Target> targets) : Target
{
    public override void Assign(Frame frame, object? value)
    {
        List<object?> values = value is Undefined undefined && targets.Count > 0 ? throw undefined.Fault() : Iteration.ToList(value);
        if (values.Count != targets.Count)
        {
            throw new JinjaException($"{values.Count} values can't be given to {targets.Count} variables");
        }

        for (int i = 0; i < values.Count; i++)
        {
            targets[i].Assign(frame, values[i]);
        }
    }
}

internal sealed class SetStatement(Position at, Target target, Expression value) : Statement(at)
{
    protected override Flow Run(Frame frame)
    {
        object? result = value.Evaluate(frame);
        frame.Execution.At = At;
        target.Assign(frame, result);
        return Flow.Next;
    }
}

/// <summary><c>{% set x %}…{% endset %}</c></summary>
internal sealed class SetBlockStatement(Position at, Target target, FilterExpression? filter, Block body) : Statement(at)
{
    protected override Flow Run(Frame frame)
    {
        Frame inner = frame.Buffer();
        if (body.Execute(inner) is not Flow.Next and var flow)
        {
            return flow;
        }

        Text text = inner.Output.ToText();
        target.Assign(frame, filter is null ? text : filter.Apply(frame, text));
        return Flow.Next;
    }
}
