namespace LongAlign.Data.Templates.Jinja;

/// <summary>A token of a template.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Text">Its characters; of a string those that it stands for.</param>
/// <param name="At">The place of its first character.</param>
internal readonly record struct Token(TokenKind Kind, string Text, Position At)
{
    public bool Is(TokenKind kind, string text) => Kind == kind && Text == text;

    public override string ToString() => Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.BlockEnd => "'%}'",
        TokenKind.ExpressionEnd => "'}}'",
        TokenKind.String => "a string",
        _ => $"'{Text}'",
    };
}
