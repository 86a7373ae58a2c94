namespace LongAlign.Data.Templates.Jinja;

/// <summary>Reads the statements of a template.</summary>
internal sealed class Parser(List<Token> tokens) : ExpressionParser(new TokenStream(tokens))
{
    private readonly Stack<string> _open = [];
    private int _loops;

    public bool HasGeneration { get; private set; }

    /// <exception cref="JinjaException">The template is wrong; the message gives line and column.</exception>
    public Block ReadTemplate()
    {
        Block body = ReadBlock([]);
        return Tokens.Current.Kind == TokenKind.End ? body : throw Tokens.Unexpected("the end of the template");
    }

    /// <summary>Reads statements up to one of some names, whose tag is begun then.</summary>
    private Block ReadBlock(string[] ends)
    {
        List<Statement> statements = [];
        while (Tokens.Current.Kind != TokenKind.End)
        {
            Token token = Tokens.Take();
            switch (token.Kind)
            {
                case TokenKind.Data:
                    statements.Add(new DataStatement(token.At, token.Text));
                    break;
                case TokenKind.ExpressionBegin:
                    statements.Add(new PrintStatement(token.At, ReadTuple()));
                    Tokens.Expect(TokenKind.ExpressionEnd, "'}}'");
                    break;
                default:
                    if (Tokens.Current.Kind == TokenKind.Name && ends.Contains(Tokens.Current.Text))
                    {
                        return new Block(statements);
                    }

                    statements.AddRange(ReadStatement());
                    Tokens.Expect(TokenKind.BlockEnd, "'%}'");
                    break;
            }
        }

        return ends.Length == 0 ? new Block(statements) : throw Tokens.Unexpected($"'{string.Join("' or '", ends)}' of '{_open.Peek()}'");
    }

    private Statement[] ReadStatement()
    {
        Token tag = Tokens.Expect(TokenKind.Name, "the name of a statement");
        _open.Push($"{tag.Text} in line {tag.At.Line}");
        Nest();
        Statement[] statements = tag.Text switch
        {
            "if" => [ReadIf(tag.At)],
            "for" => [ReadFor(tag.At)],
            "set" => [ReadSet(tag.At)],
            "macro" => [ReadMacro(tag.At)],
            "call" => [ReadCall(tag.At)],
            "filter" => [new FilterStatement(tag.At, ReadFilterChain(ReadFilter(null)), ReadBody("endfilter"))],
            "with" => [ReadWith(tag.At)],
            "block" => [ReadNamedBlock(tag.At)],
            "generation" => [ReadGeneration(tag.At)],
            "print" => ReadPrint(tag.At),
            "break" => [ReadFlow(tag, Flow.Break)],
            "continue" => [ReadFlow(tag, Flow.Continue)],
            "include" or "import" or "from" or "extends" => [ReadRefused(tag)],
            _ => throw new JinjaException(_open.Count > 1 ? $"there is '{tag.Text}'; expected a statement, or the end of '{_open.ElementAt(1)}'" : $"there is no statement '{tag.Text}'", tag.At),
        };
        Unnest();
        _open.Pop();
        return statements;
    }

    /// <summary>Reads the statements between the end of a tag and the tag that ends the statement.</summary>
    private Block ReadBody(params string[] ends)
    {
        Tokens.Skip(":");
        Tokens.Expect(TokenKind.BlockEnd, "'%}'");
        Block body = ReadBlock(ends);
        if (ends.Length == 1)
        {
            Tokens.Take();
        }

        return body;
    }

    private IfStatement ReadIf(Position at)
    {
        List<(Expression Test, Block Body)> branches = [];
        Block? otherwise = null;
        Conditions++;
        string end;
        do
        {
            Expression test = ReadTuple(withCondition: false);
            branches.Add((test, ReadBody("elif", "else", "endif")));
            end = Tokens.Take().Text;
        }
        while (end == "elif");
        if (end == "else")
        {
            otherwise = ReadBody("endif");
        }

        Conditions--;
        return new IfStatement(at, branches, otherwise);
    }

    private ForStatement ReadFor(Position at)
    {
        Target target = ReadTarget("in");
        Tokens.ExpectName("in");
        Expression items = ReadTuple(withCondition: false, end: "recursive");
        Expression? test = Tokens.SkipName("if") ? ReadExpression() : null;
        bool isRecursive = Tokens.SkipName("recursive");
        _loops++;
        Block body = ReadBody("endfor", "else");
        _loops--;
        return new ForStatement(at, target, items, test, isRecursive, body, Tokens.Take().Text == "else" ? ReadBody("endfor") : null);
    }

    private Statement ReadSet(Position at)
    {
        Target target = ReadTarget(end: null, withAttributes: true);
        if (Tokens.Skip("="))
        {
            return new SetStatement(at, target, ReadTuple());
        }

        FilterExpression? filter = Tokens.Skip("|") ? ReadFilterChain(ReadFilter(null)) : null;
        return new SetBlockStatement(at, target, filter, ReadBody("endset"));
    }

    private FilterExpression ReadFilterChain(FilterExpression filter)
    {
        while (Tokens.Skip("|"))
        {
            filter = ReadFilter(filter);
        }

        return filter;
    }

    private MacroStatement ReadMacro(Position at)
    {
        string name = ReadVariable();
        return new MacroStatement(at, ReadSignature(name, ReadParameters(), "endmacro"));
    }

    private CallStatement ReadCall(Position at)
    {
        IReadOnlyList<Parameter> parameters = Tokens.Is("(") ? ReadParameters() : [];
        Expression call = ReadExpression();
        return call is CallExpression expression
            ? new CallStatement(at, expression, ReadSignature("caller", parameters, "endcall"))
            : throw new JinjaException("behind 'call' a call of a macro is expected", at);
    }

    private GenerationStatement ReadGeneration(Position at)
    {
        HasGeneration = true;
        int loops = _loops;
        _loops = 0;
        Block body = ReadBody("endgeneration");
        _loops = loops;
        return new GenerationStatement(at, body);
    }

    /// <summary>A macro's body is not part of the loop around it.</summary>
    private MacroSignature ReadSignature(string name, IReadOnlyList<Parameter> parameters, string end)
    {
        HashSet<string> outer = Names;
        int loops = _loops;
        (Names, _loops) = ([], 0);
        Block body = ReadBody(end);
        MacroSignature signature = new(name, parameters, body, Names);
        outer.UnionWith(Names);
        (Names, _loops) = (outer, loops);
        return signature;
    }

    private List<Parameter> ReadParameters()
    {
        List<Parameter> parameters = [];
        Tokens.Expect("(");
        while (!Tokens.Is(")"))
        {
            Position at = Tokens.Current.At;
            string name = ReadVariable();
            Expression? otherwise = Tokens.Skip("=") ? ReadExpression() : null;
            if (otherwise is null && parameters.Count > 0 && parameters[^1].Default is not null)
            {
                throw new JinjaException($"the parameter '{name}' has no default and stands behind one that has", at);
            }

            parameters.Add(new Parameter(name, otherwise));
            if (!Tokens.Is(")"))
            {
                Tokens.Expect(",");
            }
        }

        Tokens.Expect(")");
        return parameters;
    }

    private WithStatement ReadWith(Position at)
    {
        List<(Target Target, Expression Value)> variables = [];
        while (Tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (variables.Count > 0)
            {
                Tokens.Expect(",");
            }

            Target target = ReadTarget(end: null, withTuple: false);
            Tokens.Expect("=");
            variables.Add((target, ReadExpression()));
        }

        return new WithStatement(at, variables, ReadBody("endwith"));
    }

    private BlockStatement ReadNamedBlock(Position at)
    {
        string name = Tokens.Expect(TokenKind.Name, "the name of the block").Text;
        Tokens.SkipName("scoped");
        Block body = ReadBody("endblock");
        Tokens.SkipName(name);
        return new BlockStatement(at, body);
    }

    private Statement[] ReadPrint(Position at)
    {
        List<Statement> prints = [];
        while (Tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (prints.Count > 0)
            {
                Tokens.Expect(",");
            }

            prints.Add(new PrintStatement(at, ReadExpression()));
        }

        return [.. prints];
    }

    private FlowStatement ReadFlow(Token tag, Flow flow)
        => _loops > 0 ? new FlowStatement(tag.At, flow) : throw new JinjaException($"'{tag.Text}' stands in no loop", tag.At);

    private RefusedStatement ReadRefused(Token tag)
    {
        while (Tokens.Current.Kind is not (TokenKind.BlockEnd or TokenKind.End))
        {
            Tokens.Take();
        }

        return new RefusedStatement(tag.At, tag.Text);
    }

    private Target ReadTarget(string? end, bool withAttributes = false, bool withTuple = true)
    {
        List<Target> targets = [ReadOneTarget(withAttributes)];
        bool isTuple = false;
        while (withTuple && Tokens.Skip(","))
        {
            isTuple = true;
            if (Tokens.Is("=") || (end is not null && Tokens.IsName(end)) || Tokens.Current.Kind == TokenKind.BlockEnd)
            {
                break;
            }

            targets.Add(ReadOneTarget(withAttributes));
        }

        return isTuple ? new TupleTarget(targets) : targets[0];
    }

    private Target ReadOneTarget(bool withAttributes)
    {
        if (Tokens.Skip("("))
        {
            Nest();
            Target inner = ReadTarget(end: null, withAttributes);
            Unnest();
            Tokens.Expect(")");
            return inner;
        }

        string name = ReadVariable();
        return withAttributes && Tokens.Skip(".") ? new AttributeTarget(name, Tokens.Expect(TokenKind.Name, "the name of an attribute").Text) : new NameTarget(name);
    }

    private string ReadVariable()
    {
        Token name = Tokens.Expect(TokenKind.Name, "the name of a variable");
        return name.Text is "true" or "True" or "false" or "False" or "none" or "None"
            ? throw new JinjaException($"'{name.Text}' can't be set", name.At)
            : name.Text;
    }
}
