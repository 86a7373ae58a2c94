namespace LongAlign.Data.Templates.Jinja;

/// <summary>Reads expressions: operators, from the loosest to the tightest.</summary>
internal class ExpressionParser(TokenStream tokens) : OperandParser(tokens)
{
    private static readonly HashSet<string> Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    /// <summary>An expression, or a tuple without parentheses.</summary>
    protected override Expression ReadTuple(bool withCondition = true, string? end = null)
    {
        Position at = Tokens.Current.At;
        if (IsTupleEnd(end))
        {
            throw Tokens.Unexpected("an expression");
        }

        Expression first = ReadExpression(withCondition);
        return Tokens.Is(",") ? ReadTuple(at, first, withCondition, end) : first;
    }

    protected override Expression ReadExpression(bool withCondition = true)
    {
        Nest();
        Expression expression = withCondition ? ReadConditional() : ReadOr();
        Unnest();
        return expression;
    }

    private ListExpression ReadTuple(Position at, Expression first, bool withCondition, string? end)
    {
        List<Expression> items = [first];
        while (Tokens.Skip(",") && !IsTupleEnd(end))
        {
            items.Add(ReadExpression(withCondition));
        }

        return new ListExpression(at, items, isTuple: true);
    }

    private bool IsTupleEnd(string? end) => Tokens.Current.Kind is TokenKind.BlockEnd or TokenKind.ExpressionEnd || Tokens.Is(")") || (end is not null && Tokens.IsName(end));

    private Expression ReadConditional()
    {
        Position at = Tokens.Current.At;
        Expression value = ReadOr();
        while (Tokens.SkipName("if"))
        {
            Conditions++;
            Expression test = ReadOr();
            Expression? otherwise = null;
            if (Tokens.SkipName("else"))
            {
                Nest();
                otherwise = ReadConditional();
                Depth--;
            }

            Conditions--;
            value = new ConditionalExpression(at, test, value, otherwise);
        }

        return value;
    }

    private Expression ReadOr() => ReadLeft("or", ReadAnd, (at, left, right) => new OrExpression(at, left, right));

    private Expression ReadAnd() => ReadLeft("and", ReadNot, (at, left, right) => new AndExpression(at, left, right));

    private Expression ReadLeft(string name, Func<Expression> read, Func<Position, Expression, Expression, Expression> make)
    {
        Expression left = read();
        int depth = Depth;
        while (Tokens.IsName(name))
        {
            Nest();
            Position at = Tokens.Take().At;
            left = make(at, left, read());
        }

        Depth = depth;
        return left;
    }

    private Expression ReadNot()
    {
        Position at = Tokens.Current.At;
        if (!Tokens.SkipName("not"))
        {
            return ReadComparison();
        }

        Nest();
        Expression value = ReadNot();
        Depth--;
        return new NotExpression(at, value);
    }

    private Expression ReadComparison()
    {
        Position at = Tokens.Current.At;
        Expression first = ReadSum();
        List<(string Symbol, Expression Operand)> rest = [];
        while (true)
        {
            if (Tokens.Current.Kind == TokenKind.Operator && Comparisons.Contains(Tokens.Current.Text))
            {
                at = rest.Count == 0 ? Tokens.Current.At : at;
                rest.Add((Tokens.Take().Text, ReadSum()));
            }
            else if (Tokens.SkipName("in"))
            {
                rest.Add(("in", ReadSum()));
            }
            else if (Tokens.IsName("not") && Tokens.Next.Is(TokenKind.Name, "in"))
            {
                Tokens.Take();
                Tokens.Take();
                rest.Add(("not in", ReadSum()));
            }
            else
            {
                return rest.Count == 0 ? first : new ComparisonExpression(at, first, rest);
            }
        }
    }

    private Expression ReadSum() => ReadBinary(["+", "-"], ReadConcat);

    private Expression ReadConcat()
    {
        Position at = Tokens.Current.At;
        List<Expression> parts = [ReadProduct()];
        while (Tokens.Skip("~"))
        {
            parts.Add(ReadProduct());
        }

        return parts.Count == 1 ? parts[0] : new ConcatExpression(at, parts);
    }

    private Expression ReadProduct() => ReadBinary(["*", "/", "//", "%"], ReadPower);

    private Expression ReadPower() => ReadBinary(["**"], () => ReadUnary(withFilters: true));

    private Expression ReadBinary(string[] symbols, Func<Expression> read)
    {
        Expression left = read();
        int depth = Depth;
        while (Tokens.Current.Kind == TokenKind.Operator && symbols.Contains(Tokens.Current.Text))
        {
            Nest();
            Token symbol = Tokens.Take();
            left = new BinaryExpression(symbol.At, symbol.Text, left, read());
        }

        Depth = depth;
        return left;
    }

    /// <summary>As Jinja: a sign binds tighter than a filter, and looser than attributes and calls.</summary>
    private Expression ReadUnary(bool withFilters)
    {
        Nest();
        Position at = Tokens.Current.At;
        Expression value = Tokens.Skip("-") ? new SignExpression(at, isMinus: true, ReadUnary(withFilters: false))
            : Tokens.Skip("+") ? new SignExpression(at, isMinus: false, ReadUnary(withFilters: false))
            : ReadPrimary();
        value = ReadPostfix(value);
        value = withFilters ? ReadFilters(value) : value;
        Depth--;
        return value;
    }
}
