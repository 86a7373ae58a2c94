namespace LongAlign.Data.Templates.Jinja;

/// <summary>The tokens of a template, read one by one.</summary>
internal sealed class TokenStream(List<Token> tokens)
{
    private int _at;

    public Token Current => tokens[_at];

    public Token Next => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    public Token Take()
    {
        Token token = Current;
        _at = Math.Min(_at + 1, tokens.Count - 1);
        return token;
    }

    public bool Is(string symbol) => Current.Is(TokenKind.Operator, symbol);

    public bool IsName(string name) => Current.Is(TokenKind.Name, name);

    public bool Skip(string symbol) => SkipIf(Is(symbol));

    public bool SkipName(string name) => SkipIf(IsName(name));

    public void Expect(string symbol)
    {
        if (!Skip(symbol))
        {
            throw Unexpected($"'{symbol}'");
        }
    }

    public void ExpectName(string name)
    {
        if (!SkipName(name))
        {
            throw Unexpected($"'{name}'");
        }
    }

    public Token Expect(TokenKind kind, string what) => Current.Kind == kind ? Take() : throw Unexpected(what);

    public JinjaException Unexpected(string expected) => new($"there is {Current}; expected {expected}", Current.At);

    private bool SkipIf(bool isThere)
    {
        if (isThere)
        {
            Take();
        }

        return isThere;
    }
}
