namespace LongAlign.Data.Templates.Jinja;

/// <summary>The flow of control after a statement.</summary>
internal enum Flow
{
    Next,
    Break,
    Continue,
}
