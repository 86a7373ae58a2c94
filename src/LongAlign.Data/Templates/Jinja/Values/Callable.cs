namespace LongAlign.Data.Templates.Jinja;

/// <summary>A value that a template can call.</summary>
internal abstract class Callable(string name)
{
    public string Name { get; } = name;

    public abstract object? Invoke(Execution execution, Arguments arguments);
}

/// <summary>A function or method that is not the template's own.</summary>
internal sealed class Function(string name, Func<Execution, Arguments, object?> body) : Callable(name)
{
    public override object? Invoke(Execution execution, Arguments arguments) => body(execution, arguments);
}
