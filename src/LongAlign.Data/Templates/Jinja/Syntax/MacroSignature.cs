namespace LongAlign.Data.Templates.Jinja;

/// <summary>The parameters and body of a macro.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">Its parameters, in order.</param>
/// <param name="Body">Its body.</param>
/// <param name="Names">The names that the body reads, by which it says that it takes further arguments.</param>
internal sealed record MacroSignature(string Name, IReadOnlyList<Parameter> Parameters, Block Body, IReadOnlySet<string> Names)
{
    public bool Uses(string name) => Names.Contains(name);
}

/// <summary>A parameter of a macro.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Default">Its value where none is given.</param>
internal sealed record Parameter(string Name, Expression? Default);
