namespace LongAlign.Data.Templates.Jinja;

/// <summary>The kind of a template's token.</summary>
internal enum TokenKind
{
    Data,
    ExpressionBegin,
    ExpressionEnd,
    BlockBegin,
    BlockEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}
