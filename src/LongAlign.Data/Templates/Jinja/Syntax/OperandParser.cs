using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Reads what operators stand between: literals, names, calls, subscripts, filters and tests.</summary>
internal abstract class OperandParser(TokenStream tokens)
{
    protected TokenStream Tokens => tokens;

    /// <summary>The current depth of nesting.</summary>
    protected int Depth { get; set; }

    /// <summary>The names that were read since the set was put here, for macros.</summary>
    protected HashSet<string> Names { get; set; } = [];

    /// <summary>The number of conditions around the current place; filters of other versions may stand there.</summary>
    protected int Conditions { get; set; }

    /// <summary>An expression, or a tuple without parentheses.</summary>
    protected abstract Expression ReadTuple(bool withCondition = true, string? end = null);

    protected abstract Expression ReadExpression(bool withCondition = true);

    protected FilterExpression ReadFilter(Expression? value)
    {
        Token name = ReadDottedName("the name of a filter");
        if (Conditions == 0 && !Filters.Has(name.Text))
        {
            throw new JinjaException($"there is no filter '{name.Text}'", name.At);
        }

        return new FilterExpression(name.At, value, name.Text, tokens.Is("(") ? ReadArguments() : ArgumentList.Empty);
    }

    protected Expression ReadPrimary()
    {
        Token token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                tokens.Take();
                return ReadName(token);
            case TokenKind.String:
                string text = "";
                while (tokens.Current.Kind == TokenKind.String)
                {
                    text += tokens.Take().Text;
                }

                return new Constant(token.At, Text.Literal(text));
            case TokenKind.Integer:
                tokens.Take();
                return new Constant(token.At, Numbers.TryParse(token.Text, 0, out BigInteger integer) ? integer : throw new JinjaException($"'{token.Text}' is not a number", token.At));
            case TokenKind.Float:
                tokens.Take();
                return new Constant(token.At, double.Parse(token.Text.Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture));
            case TokenKind.Operator when token.Text == "(":
                tokens.Take();
                Expression inner = tokens.Is(")") ? new ListExpression(token.At, [], isTuple: true) : ReadTuple();
                tokens.Expect(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                return ReadList();
            case TokenKind.Operator when token.Text == "{":
                return ReadDict();
            default:
                throw tokens.Unexpected("an expression");
        }
    }

    private Expression ReadName(Token token)
    {
        switch (token.Text)
        {
            case "true" or "True":
                return new Constant(token.At, true);
            case "false" or "False":
                return new Constant(token.At, false);
            case "none" or "None":
                return new Constant(token.At, null);
            default:
                Names.Add(token.Text);
                return new NameExpression(token.At, token.Text);
        }
    }

    private ListExpression ReadList()
    {
        Position at = tokens.Take().At;
        List<Expression> items = [];
        while (!tokens.Is("]"))
        {
            items.Add(ReadExpression());
            if (!tokens.Is("]"))
            {
                tokens.Expect(",");
            }
        }

        tokens.Expect("]");
        return new ListExpression(at, items, isTuple: false);
    }

    private DictExpression ReadDict()
    {
        Position at = tokens.Take().At;
        List<(Expression Key, Expression Value)> pairs = [];
        while (!tokens.Is("}"))
        {
            Expression key = ReadExpression();
            tokens.Expect(":");
            pairs.Add((key, ReadExpression()));
            if (!tokens.Is("}"))
            {
                tokens.Expect(",");
            }
        }

        tokens.Expect("}");
        return new DictExpression(at, pairs);
    }

    protected Expression ReadPostfix(Expression value)
    {
        int depth = Depth;
        for (; ; Nest())
        {
            Position at = tokens.Current.At;
            if (tokens.Skip("."))
            {
                value = tokens.Current.Kind == TokenKind.Integer
                    ? new ItemExpression(at, value, ReadPrimary())
                    : new AttributeExpression(at, value, tokens.Expect(TokenKind.Name, "a name or a number").Text);
            }
            else if (tokens.Skip("["))
            {
                value = ReadSubscript(at, value);
            }
            else if (tokens.Is("("))
            {
                value = new CallExpression(at, value, ReadArguments());
            }
            else
            {
                Depth = depth;
                return value;
            }
        }
    }

    private Expression ReadSubscript(Position at, Expression value)
    {
        Expression? start = tokens.Is(":") ? null : ReadExpression();
        if (tokens.Is(",") && start is not null)
        {
            start = ReadKeys(at, start);
        }

        if (tokens.Skip("]"))
        {
            return new ItemExpression(at, value, start!);
        }

        tokens.Expect(":");
        Expression? stop = tokens.Is(":") || tokens.Is("]") ? null : ReadExpression();
        Expression? step = tokens.Skip(":") && !tokens.Is("]") ? ReadExpression() : null;
        tokens.Expect("]");
        return new SliceExpression(at, value, start, stop, step);
    }

    private ListExpression ReadKeys(Position at, Expression first)
    {
        List<Expression> keys = [first];
        while (tokens.Skip(","))
        {
            keys.Add(ReadExpression());
        }

        return new ListExpression(at, keys, isTuple: true);
    }

    protected Expression ReadFilters(Expression value)
    {
        int depth = Depth;
        for (; ; Nest())
        {
            Position at = tokens.Current.At;
            if (tokens.Skip("|"))
            {
                value = ReadFilter(value);
            }
            else if (tokens.IsName("is"))
            {
                value = ReadTest(value);
            }
            else if (tokens.Is("("))
            {
                value = new CallExpression(at, value, ReadArguments());
            }
            else
            {
                Depth = depth;
                return value;
            }
        }
    }

    private Expression ReadTest(Expression value)
    {
        Position at = tokens.Take().At;
        bool isNegated = tokens.SkipName("not");
        Token name = ReadDottedName("the name of a test");
        if (Conditions == 0 && !Tests.Has(name.Text))
        {
            throw new JinjaException($"there is no test '{name.Text}'", name.At);
        }

        ArgumentList arguments = ArgumentList.Empty;
        if (tokens.Is("("))
        {
            arguments = ReadArguments();
        }
        else if (tokens.IsName("is"))
        {
            throw new JinjaException("tests with 'is' can't be chained", tokens.Current.At);
        }
        else if ((tokens.Current.Kind is TokenKind.Name or TokenKind.String or TokenKind.Integer or TokenKind.Float || tokens.Is("[") || tokens.Is("{"))
            && !tokens.IsName("else") && !tokens.IsName("or") && !tokens.IsName("and"))
        {
            arguments = new ArgumentList([ReadPostfix(ReadPrimary())], [], null, null);
        }

        TestExpression test = new(at, value, name.Text, arguments);
        return isNegated ? new NotExpression(at, test) : test;
    }

    protected ArgumentList ReadArguments()
    {
        Position at = tokens.Current.At;
        tokens.Expect("(");
        List<Expression> positional = [];
        List<(string Name, Expression Value)> named = [];
        Expression? many = null;
        Expression? manyNamed = null;
        while (!tokens.Is(")"))
        {
            bool isOutOfOrder = manyNamed is not null;
            if (tokens.Skip("*"))
            {
                isOutOfOrder |= many is not null;
                many = ReadExpression();
            }
            else if (tokens.Skip("**"))
            {
                manyNamed = ReadExpression();
            }
            else if (tokens.Current.Kind == TokenKind.Name && tokens.Next.Is(TokenKind.Operator, "="))
            {
                string name = tokens.Take().Text;
                tokens.Take();
                named.Add((name, ReadExpression()));
            }
            else
            {
                isOutOfOrder |= many is not null || named.Count > 0;
                positional.Add(ReadExpression());
            }

            if (isOutOfOrder)
            {
                throw new JinjaException("the arguments of the call are out of order", at);
            }

            if (!tokens.Is(")"))
            {
                tokens.Expect(",");
            }
        }

        tokens.Expect(")");
        return new ArgumentList(positional, named, many, manyNamed);
    }

    private Token ReadDottedName(string what)
    {
        Token name = tokens.Expect(TokenKind.Name, what);
        while (tokens.Skip("."))
        {
            name = name with { Text = $"{name.Text}.{tokens.Expect(TokenKind.Name, what).Text}" };
        }

        return name;
    }

    protected void Unnest() => Depth--;

    /// <summary>Left sides nest as right ones do: each level is a call when it is evaluated.</summary>
    protected void Nest()
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (++Depth > JinjaLimits.MaxNesting)
        {
            throw new JinjaException($"expressions are nested more than {JinjaLimits.MaxNesting} deep", tokens.Current.At);
        }
    }
}
