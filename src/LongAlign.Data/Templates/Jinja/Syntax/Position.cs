namespace LongAlign.Data.Templates.Jinja;

/// <summary>A place in a template.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in UTF-16 units.</param>
internal readonly record struct Position(int Line, int Column);
