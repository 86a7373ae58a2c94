namespace LongAlign.Data.Templates.Jinja;

/// <summary>Where statements run: with which variables, and where their output goes.</summary>
/// <param name="Execution">The rendering.</param>
/// <param name="Scope">The variables.</param>
/// <param name="Output">What is rendered.</param>
/// <param name="IsTop">Whether that is the output of the template itself.</param>
internal sealed record Frame(Execution Execution, Scope Scope, TextBuilder Output, bool IsTop)
{
    /// <summary>The same output with variables of its own.</summary>
    public Frame Inner() => this with { Scope = new Scope(Scope) };

    /// <summary>An output and variables of its own.</summary>
    public Frame Buffer() => new(Execution, new Scope(Scope), new TextBuilder(), IsTop: false);
}
