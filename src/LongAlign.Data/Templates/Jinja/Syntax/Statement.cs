namespace LongAlign.Data.Templates.Jinja;

/// <summary>Something that renders, or sets a variable.</summary>
internal abstract class Statement(Position at)
{
    public Position At { get; } = at;

    public Flow Execute(Frame frame)
    {
        frame.Execution.Step(At);
        return Run(frame);
    }

    protected abstract Flow Run(Frame frame);
}

/// <summary>Statements one after another.</summary>
internal sealed class Block(IReadOnlyList<Statement> statements)
{
    public Flow Execute(Frame frame)
    {
        foreach (Statement statement in statements)
        {
            if (statement.Execute(frame) is not Flow.Next and var flow)
            {
                return flow;
            }
        }

        return Flow.Next;
    }
}

internal sealed class DataStatement(Position at, string text) : Statement(at)
{
    private readonly Text _text = Text.Literal(text);

    protected override Flow Run(Frame frame)
    {
        frame.Execution.Charge(_text);
        frame.Output.Append(_text);
        return Flow.Next;
    }
}

internal sealed class PrintStatement(Position at, Expression value) : Statement(at)
{
    protected override Flow Run(Frame frame)
    {
        object? printed = value.Evaluate(frame);
        frame.Execution.At = At;
        frame.Output.Append((Text)frame.Execution.Charge(Printing.ToText(printed))!);
        return Flow.Next;
    }
}

internal sealed class FlowStatement(Position at, Flow flow) : Statement(at)
{
    protected override Flow Run(Frame frame) => flow;
}

/// <summary>A statement that needs other templates, of which there are none.</summary>
internal sealed class RefusedStatement(Position at, string name) : Statement(at)
{
    protected override Flow Run(Frame frame) => throw new JinjaException($"'{name}' needs other templates; a chat template has none");
}
