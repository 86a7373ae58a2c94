namespace LongAlign.Data.Templates.Jinja;

/// <summary>The context in which statements run: their variables and their output.</summary>
/// <param name="Execution">The rendering.</param>
/// <param name="Scope">The variables.</param>
/// <param name="Output">The rendered text.</param>
/// <param name="IsTop">Whether that is the output of the template itself.</param>
internal sealed record Frame(Execution Execution, Scope Scope, TextBuilder Output, bool IsTop)
{
    /// <summary>A frame with the same output and separate variables.</summary>
    public Frame Inner() => this with { Scope = new Scope(Scope) };

    /// <summary>A frame with separate output and variables.</summary>
    public Frame Buffer() => new(Execution, new Scope(Scope), new TextBuilder(), IsTop: false);
}
