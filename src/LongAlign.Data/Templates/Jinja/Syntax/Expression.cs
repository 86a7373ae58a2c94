namespace LongAlign.Data.Templates.Jinja;

/// <summary>Something with a value.</summary>
internal abstract class Expression(Position at)
{
    public Position At { get; } = at;

    public object? Evaluate(Frame frame)
    {
        frame.Execution.Step(At);
        return Compute(frame);
    }

    protected abstract object? Compute(Frame frame);

    /// <summary>Evaluates parts, and takes the errors that follow for those of this expression.</summary>
    protected object? Part(Expression part, Frame frame)
    {
        object? value = part.Evaluate(frame);
        frame.Execution.At = At;
        return value;
    }
}
