namespace LongAlign.Data.Templates.Jinja;

/// <summary>A value with its own attributes.</summary>
internal interface IMembers
{
    /// <returns>The attribute; null where there is none.</returns>
    object? Member(string name);
}
