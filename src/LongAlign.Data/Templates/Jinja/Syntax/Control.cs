namespace LongAlign.Data.Templates.Jinja;

internal sealed class IfStatement(Position at, IReadOnlyList<(Expression Test, Block Body)> branches, Block? otherwise) : Statement(at)
{
    protected override Flow Run(Frame frame)
    {
        foreach ((Expression test, Block body) in branches)
        {
            if (Truth.Of(test.Evaluate(frame)))
            {
                return body.Execute(frame);
            }
        }

        return otherwise?.Execute(frame) ?? Flow.Next;
    }
}

internal sealed class ForStatement(Position at, Target target, Expression items, Expression? test, bool isRecursive, Block body, Block? otherwise) : Statement(at)
{
    protected override Flow Run(Frame frame)
    {
        object? value = items.Evaluate(frame);
        frame.Execution.At = At;
        Loop(frame, value, 0);
        return Flow.Next;
    }

    private void Loop(Frame frame, object? value, int depth)
    {
        List<object?> all = test is null ? Iteration.ToList(value) : Filter(frame, value, test);
        frame.Execution.Charge(new JinjaList(all));
        LoopInfo loop = new(all, depth, isRecursive ? (_, inner) => Recurse(frame, inner, depth + 1) : null);
        foreach (object? item in all)
        {
            Frame round = frame.Inner();
            target.Assign(round, item);
            round.Scope["loop"] = loop;
            loop.Index++;
            if (body.Execute(round) == Flow.Break)
            {
                break;
            }
        }

        if (all.Count == 0)
        {
            otherwise?.Execute(frame.Inner());
        }
    }

    private List<object?> Filter(Frame frame, object? value, Expression condition)
    {
        List<object?> kept = [];
        foreach (object? item in Iteration.Of(value))
        {
            Frame round = frame.Inner();
            target.Assign(round, item);
            if (Truth.Of(condition.Evaluate(round)))
            {
                kept.Add(item);
            }
        }

        return kept;
    }

    private Text Recurse(Frame frame, object? value, int depth)
    {
        Frame inner = frame.Buffer();
        Loop(inner, value, depth);
        return inner.Output.ToText();
    }
}

internal sealed class WithStatement(Position at, IReadOnlyList<(Target Target, Expression Value)> variables, Block body) : Statement(at)
{
    protected override Flow Run(Frame frame)
    {
        Frame inner = frame.Inner();
        object?[] values = [.. variables.Select(variable => variable.Value.Evaluate(frame))];
        for (int i = 0; i < values.Length; i++)
        {
            variables[i].Target.Assign(inner, values[i]);
        }

        return body.Execute(inner);
    }
}

/// <summary>A block that no other template replaces; it sees the template's own variables alone.</summary>
internal sealed class BlockStatement(Position at, Block body) : Statement(at)
{
    protected override Flow Run(Frame frame)
    {
        body.Execute(frame.Inner());
        return Flow.Next;
    }
}
