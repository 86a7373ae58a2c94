namespace LongAlign.Data.Templates.Jinja;

/// <summary>An object whose attributes a template may set, from within loops too.</summary>
internal sealed class Namespace(JinjaDict attributes)
{
    public JinjaDict Attributes { get; } = attributes;
}
