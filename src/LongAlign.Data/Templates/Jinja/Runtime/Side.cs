namespace LongAlign.Data.Templates.Jinja;

/// <summary>Where a text is filled up.</summary>
internal enum Side
{
    Left,
    Right,
    Both,
}
