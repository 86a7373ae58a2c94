namespace LongAlign.Data.Templates.Jinja;

/// <summary>A macro, or the body of a call block, with the variables where it was defined.</summary>
internal sealed class MacroValue(MacroSignature signature, Frame definedIn) : Callable(signature.Name)
{
    public MacroSignature Signature { get; } = signature;

    public override object? Invoke(Execution execution, Arguments arguments)
    {
        Frame frame = definedIn.Buffer();
        IReadOnlyList<Parameter> parameters = Signature.Parameters;
        Dictionary<string, object?> named = [];
        foreach ((string name, object? value) in arguments.Named)
        {
            named[name] = value;
        }

        object? caller = named.Remove("caller", out object? given) ? given : null;
        for (int i = 0; i < parameters.Count; i++)
        {
            Parameter parameter = parameters[i];
            bool isNamed = named.Remove(parameter.Name, out object? value);
            if (i < arguments.Positional.Count)
            {
                value = isNamed ? throw new JinjaException($"the macro '{Name}' has twice the argument '{parameter.Name}'") : arguments.Positional[i];
            }
            else if (!isNamed)
            {
                value = parameter.Name == "caller" && caller is not null ? caller
                    : parameter.Default is { } otherwise ? otherwise.Evaluate(frame)
                    : new Undefined($"the parameter '{parameter.Name}' was not given");
            }

            frame.Scope[parameter.Name] = value;
        }

        SetRest(frame.Scope, arguments, named, caller);
        Signature.Body.Execute(frame);
        return frame.Output.ToText();
    }

    private void SetRest(Scope scope, Arguments arguments, Dictionary<string, object?> named, object? caller)
    {
        int count = Signature.Parameters.Count;
        if (Signature.Uses("varargs"))
        {
            scope["varargs"] = new JinjaTuple([.. arguments.Positional.Skip(count)]);
        }
        else if (arguments.Positional.Count > count)
        {
            throw new JinjaException($"the macro '{Name}' takes {count} arguments at most; there are {arguments.Positional.Count}");
        }

        if (Signature.Uses("kwargs"))
        {
            JinjaDict rest = new();
            foreach ((string name, object? value) in named)
            {
                rest[name] = value;
            }

            scope["kwargs"] = rest;
        }
        else if (named.Count > 0)
        {
            throw new JinjaException($"the macro '{Name}' has no parameter '{named.Keys.First()}'");
        }

        if (Signature.Uses("caller") && !Signature.Parameters.Any(parameter => parameter.Name == "caller"))
        {
            scope["caller"] = caller ?? new Undefined("the macro was not called by a call block: there is no 'caller'");
        }
        else if (caller is not null && !Signature.Parameters.Any(parameter => parameter.Name == "caller"))
        {
            throw new JinjaException($"the macro '{Name}' was called by a call block and has no use for 'caller'");
        }
    }
}
