namespace LongAlign.Data.Templates.Jinja;

/// <summary>What comes after a statement.</summary>
internal enum Flow
{
    Next,
    Break,
    Continue,
}
