namespace LongAlign.Data.Templates.Jinja;

/// <summary>The side on which a text is padded.</summary>
internal enum Side
{
    Left,
    Right,
    Both,
}
