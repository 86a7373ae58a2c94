namespace LongAlign.Data.Templates.Jinja;

/// <summary><c>map</c>, <c>select</c>, <c>reject</c> and these by attributes. Their items are made when they are asked for, once.</summary>
internal static class SelectFilters
{
    public static void AddTo(Dictionary<string, Func<Execution, Arguments, object?>> all)
    {
        all["map"] = (execution, arguments) => new JinjaIterator(Map(execution, arguments.Positional[0], arguments.Rest));
        all["select"] = (execution, arguments) => new JinjaIterator(Select(execution, arguments.Positional[0], arguments.Rest, byAttribute: false, kept: true));
        all["reject"] = (execution, arguments) => new JinjaIterator(Select(execution, arguments.Positional[0], arguments.Rest, byAttribute: false, kept: false));
        all["selectattr"] = (execution, arguments) => new JinjaIterator(Select(execution, arguments.Positional[0], arguments.Rest, byAttribute: true, kept: true));
        all["rejectattr"] = (execution, arguments) => new JinjaIterator(Select(execution, arguments.Positional[0], arguments.Rest, byAttribute: true, kept: false));
    }

    private static IEnumerable<object?> Map(Execution execution, object? value, Arguments arguments)
    {
        if (!Truth.Of(value))
        {
            yield break;
        }

        Func<object?, object?> map = Mapping(execution, arguments);
        foreach (object? item in Iteration.Of(value))
        {
            execution.Step(execution.At);
            yield return execution.Charge(map(item));
        }
    }

    private static Func<object?, object?> Mapping(Execution execution, Arguments arguments)
    {
        if (arguments.Positional.Count > 0)
        {
            Func<Execution, Arguments, object?> filter = Filters.Find(Name(arguments.Positional[0], "filter"));
            return item => filter(execution, new Arguments([item, .. arguments.Positional.Skip(1)], arguments.Named));
        }

        (string Name, object? Value)[] others = [.. arguments.Named.Where(argument => argument.Name is not ("attribute" or "default"))];
        int at = arguments.Named.ToList().FindIndex(argument => argument.Name == "attribute");
        if (at < 0 || others.Length > 0)
        {
            throw new JinjaException(at < 0 ? "map() needs the name of a filter, or 'attribute'" : $"map() knows no argument '{others[0].Name}'");
        }

        object? attribute = arguments.Named[at].Value;
        object? otherwise = arguments.Named.FirstOrDefault(argument => argument.Name == "default").Value;
        return item =>
        {
            if (otherwise is null || attribute is not Text path)
            {
                return ListFilters.Get(item, attribute) is var value && value is Undefined && otherwise is not null ? otherwise : value;
            }

            foreach (string part in path.Value.Split('.'))
            {
                item = Members.Path(item, part) is var value && value is Undefined ? otherwise : value;
            }

            return item;
        };
    }

    private static IEnumerable<object?> Select(Execution execution, object? value, Arguments arguments, bool byAttribute, bool kept)
    {
        if (!Truth.Of(value))
        {
            yield break;
        }

        int offset = byAttribute ? 1 : 0;
        if (arguments.Positional.Count < offset)
        {
            throw new JinjaException("selectattr() and rejectattr() need the name of an attribute");
        }

        object? attribute = byAttribute ? arguments.Positional[0] : null;
        Func<Execution, Arguments, object?>? test = arguments.Positional.Count > offset ? Tests.Find(Name(arguments.Positional[offset], "test")) : null;
        object?[] further = [.. arguments.Positional.Skip(offset + 1)];
        foreach (object? item in Iteration.Of(value))
        {
            execution.Step(execution.At);
            object? tested = ListFilters.Get(item, attribute);
            bool isSelected = test is null ? Truth.Of(tested) : Truth.Of(test(execution, new Arguments([tested, .. further], arguments.Named)));
            if (isSelected == kept)
            {
                yield return item;
            }
        }
    }

    private static string Name(object? value, string what) => value is Text name ? name.Value : throw new JinjaException($"the name of a {what} is a text, not {TypeNames.Of(value)}");
}
