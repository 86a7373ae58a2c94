namespace LongAlign.Data.Templates.Jinja;

/// <summary>What a token of a template is.</summary>
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
