namespace LongAlign.Data.Templates.Jinja;

internal sealed class MacroStatement(Position at, MacroSignature signature) : Statement(at)
{
    protected override Flow Run(Frame frame)
    {
        frame.Scope[signature.Name] = new MacroValue(signature, frame);
        return Flow.Next;
    }
}

/// <summary><c>{% call macro() %}…{% endcall %}</c>: the macro can call the body.</summary>
internal sealed class CallStatement(Position at, CallExpression call, MacroSignature body) : Statement(at)
{
    protected override Flow Run(Frame frame)
    {
        object? result = call.Call(frame, new MacroValue(body, frame));
        frame.Output.Append(Printing.ToText(result));
        return Flow.Next;
    }
}

internal sealed class FilterStatement(Position at, FilterExpression filter, Block body) : Statement(at)
{
    protected override Flow Run(Frame frame)
    {
        Frame inner = frame.Buffer();
        if (body.Execute(inner) is not Flow.Next and var flow)
        {
            return flow;
        }

        frame.Output.Append(Printing.ToText(filter.Apply(frame, inner.Output.ToText())));
        return Flow.Next;
    }
}

/// <summary><c>{% generation %}…{% endgeneration %}</c>: what the model is to learn.</summary>
internal sealed class GenerationStatement(Position at, Block body) : Statement(at)
{
    protected override Flow Run(Frame frame)
    {
        if (!frame.IsTop)
        {
            throw new JinjaException("'generation' within a macro, a set block or a call is not supported: where it ends up isn't known");
        }

        Frame inner = frame.Buffer();
        body.Execute(inner);
        Text text = inner.Output.ToText();
        int start = frame.Output.Length;
        frame.Output.Append(text);
        frame.Execution.Generations.Add((start, frame.Output.Length));
        return Flow.Next;
    }
}
