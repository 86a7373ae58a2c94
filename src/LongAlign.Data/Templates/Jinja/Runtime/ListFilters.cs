using System.Numerics;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Filters on lists and dictionaries.</summary>
internal static class ListFilters
{
    public static void AddTo(Dictionary<string, Func<Execution, Arguments, object?>> all)
    {
        all["list"] = (_, arguments) => new JinjaList(Iteration.ToList(arguments.Bind("list", 1, "value")[0]));
        all["first"] = (_, arguments) => Iteration.Of(arguments.Bind("first", 1, "seq")[0]).FirstOrDefault(new Undefined("there is no first item: the list is empty"));
        all["last"] = (_, arguments) => Last(arguments.Bind("last", 1, "seq")[0]);
        all["reverse"] = (_, arguments) => Reverse(arguments.Bind("reverse", 1, "value")[0]);
        all["sort"] = (_, arguments) => Sort(arguments.Bind("sort", 1, "value", "reverse", "case_sensitive", "attribute"));
        all["dictsort"] = (_, arguments) => DictSort(arguments.Bind("dictsort", 1, "value", "case_sensitive", "by", "reverse"));
        all["items"] = (_, arguments) => arguments.Bind("items", 1, "value")[0] switch
        {
            JinjaDict dict => new JinjaIterator(dict.Pairs.Select(pair => new JinjaTuple(pair.Key, pair.Value))),
            Undefined => new JinjaIterator([]),
            var other => throw new JinjaException($"items() takes a dictionary, not {TypeNames.Of(other)}"),
        };
        all["unique"] = (_, arguments) => Unique(arguments.Bind("unique", 1, "value", "case_sensitive", "attribute"));
        all["min"] = (_, arguments) => Extreme(arguments.Bind("min", 1, "value", "case_sensitive", "attribute"), -1);
        all["max"] = (_, arguments) => Extreme(arguments.Bind("max", 1, "value", "case_sensitive", "attribute"), 1);
        all["sum"] = (_, arguments) =>
        {
            BoundArguments bound = arguments.Bind("sum", 1, "iterable", "attribute", "start");
            return Iteration.ToList(bound[0]).Aggregate(bound.Has(2) ? bound[2] : BigInteger.Zero, (sum, item) => Arithmetic.Apply("+", sum, Get(item, bound[1])));
        };
        all["groupby"] = (_, arguments) => GroupBy(arguments.Bind("groupby", 2, "value", "attribute", "default", "case_sensitive"));
        all["batch"] = (_, arguments) => Batch(arguments.Bind("batch", 2, "value", "linecount", "fill_with"));
        all["slice"] = (_, arguments) => Slice(arguments.Bind("slice", 2, "value", "slices", "fill_with"));
        all["attr"] = (_, arguments) =>
        {
            BoundArguments bound = arguments.Bind("attr", 2, "obj", "name");
            return bound[0] is JinjaDict && bound.Text(1).Value is not ("items" or "keys" or "values" or "get" or "copy")
                ? new Undefined($"a dict has no attribute '{bound.Text(1)}'")
                : Members.Attribute(bound[0], bound.Text(1).Value);
        };
    }

    /// <summary>An attribute by its path or index; the item itself where there is none to look for.</summary>
    public static object? Get(object? item, object? attribute) => attribute switch
    {
        null => item,
        Text path => Members.Path(item, path.Value),
        _ => Members.Item(item, attribute),
    };

    private static object? Key(object? item, object? attribute, bool isCaseSensitive)
        => Get(item, attribute) is var key && key is Text text && !isCaseSensitive ? TextCases.Lower(text) : key;

    private static object? Last(object? value)
    {
        if (value is JinjaIterator)
        {
            throw new JinjaException("last() takes a list, not a generator");
        }

        return Iteration.Of(value).LastOrDefault(new Undefined("there is no last item: the list is empty"));
    }

    private static object Reverse(object? value)
    {
        if (value is Text text)
        {
            TextBuilder builder = new();
            for (int i = text.Length - 1; i >= 0; i--)
            {
                builder.Append(text.At(i));
            }

            return builder.ToText(text.IsMarkup);
        }

        List<object?> items = Iteration.ToList(value);
        items.Reverse();
        return value is JinjaIterator ? new JinjaList(items) : new JinjaIterator(items);
    }

    private static JinjaList Sort(BoundArguments bound)
    {
        string[]? attributes = bound[3] is Text { Value: var paths } && paths.Contains(',', StringComparison.Ordinal) ? paths.Split(',') : null;
        bool isCaseSensitive = bound.Bool(2, otherwise: false);
        return new JinjaList(Sorted(Iteration.ToList(bound[0]), KeyOf, bound.Bool(1, otherwise: false)));

        object? KeyOf(object? item) => attributes is null
            ? Key(item, bound[3], isCaseSensitive)
            : new JinjaList([.. attributes.Select(path => Key(item, Text.Literal(path), isCaseSensitive))]);
    }

    private static JinjaList DictSort(BoundArguments bound)
    {
        int by = bound.Text(2, "key").Value switch { "key" => 0, "value" => 1, var other => throw new JinjaException($"dictsort() sorts by 'key' or 'value', not by '{other}'") };
        JinjaDict dict = bound[0] switch
        {
            JinjaDict given => given,
            Undefined undefined => throw undefined.Fault(),
            var other => throw new JinjaException($"dictsort() takes a dictionary, not {TypeNames.Of(other)}"),
        };
        bool isCaseSensitive = bound.Bool(1, otherwise: false);
        return new JinjaList(Sorted(
            [.. dict.Pairs.Select(pair => new JinjaTuple(pair.Key, pair.Value))], item => Key(((JinjaTuple)item!).Items[by], null, isCaseSensitive), bound.Bool(3, otherwise: false)));
    }

    /// <summary>Stable, in reverse too.</summary>
    private static List<object?> Sorted(List<object?> items, Func<object?, object?> keyOf, bool isReverse)
    {
        (object? Key, object? Item)[] keyed = [.. items.Select(item => (keyOf(item), item))];
        Comparer<object?> comparer = Comparer<object?>.Create((a, b) => (Comparing.Compare(a, b, "<") ?? 0) * (isReverse ? -1 : 1));
        try
        {
            return [.. keyed.OrderBy(pair => pair.Key, comparer).Select(pair => pair.Item)];
        }
        catch (InvalidOperationException e) when (e.InnerException is JinjaException fault)
        {
            throw new JinjaException(fault.Fault, e);
        }
    }

    private static JinjaIterator Unique(BoundArguments bound)
    {
        object? value = bound[0];
        bool isCaseSensitive = bound.Bool(1, otherwise: false);
        return new JinjaIterator(Items());

        IEnumerable<object?> Items()
        {
            JinjaDict seen = new();
            foreach (object? item in Iteration.Of(value))
            {
                object? key = Key(item, bound[2], isCaseSensitive);
                if (!seen.TryGet(key, out _))
                {
                    seen[key] = null;
                    yield return item;
                }
            }
        }
    }

    private static object? Extreme(BoundArguments bound, int sign)
    {
        bool isCaseSensitive = bound.Bool(1, otherwise: false);
        List<object?> items = Iteration.ToList(bound[0]);
        object? best = items.Count > 0 ? items[0] : new Undefined("there is no smallest or largest item: the list is empty");
        foreach (object? item in items.Skip(1))
        {
            if ((Comparing.Compare(Key(item, bound[2], isCaseSensitive), Key(best, bound[2], isCaseSensitive), "<") ?? 0) * sign > 0)
            {
                best = item;
            }
        }

        return best;
    }

    private static JinjaList GroupBy(BoundArguments bound)
    {
        bool isCaseSensitive = bound.Bool(3, otherwise: false);
        List<object?> sorted = Sorted(Iteration.ToList(bound[0]), item => Folded(KeyOf(item)), isReverse: false);
        List<object?> groups = [];
        List<object?> group = [];
        for (int i = 0; i < sorted.Count; i++)
        {
            group.Add(sorted[i]);
            if (i + 1 == sorted.Count || !Comparing.AreEqual(Folded(KeyOf(sorted[i])), Folded(KeyOf(sorted[i + 1]))))
            {
                groups.Add(new Group(KeyOf(group[0]), new JinjaList(group)));
                group = [];
            }
        }

        return new JinjaList(groups);

        object? KeyOf(object? item) => Get(item, bound[1]) is var key && key is Undefined && bound.IsSet(2) ? bound[2] : key;

        object? Folded(object? key) => key is Text text && !isCaseSensitive ? TextCases.Lower(text) : key;
    }

    private static JinjaIterator Batch(BoundArguments bound)
    {
        List<object?> items = Iteration.ToList(bound[0]);
        int size = bound.Int(1);
        if (size < 1)
        {
            throw new JinjaException($"batch() makes lists of 1 item or more, not of {size}");
        }

        return new JinjaIterator(items.Chunk(size).Select(chunk => new JinjaList(Filled(chunk, bound.IsSet(2) ? Math.Min(size, JinjaLimits.MaxItems) : 0, bound[2]))));
    }

    private static JinjaIterator Slice(BoundArguments bound)
    {
        List<object?> items = Iteration.ToList(bound[0]);
        int count = bound.Int(1);
        if (count is < 1 or > JinjaLimits.MaxItems)
        {
            throw new JinjaException($"slice() makes 1 list or more, not {count}");
        }

        int size = items.Count / count;
        int larger = items.Count % count;
        return new JinjaIterator(Enumerable.Range(0, count).Select(i =>
        {
            int start = (i * size) + Math.Min(i, larger);
            IEnumerable<object?> slice = items.Skip(start).Take(size + (i < larger ? 1 : 0));
            return new JinjaList(Filled([.. slice], bound.IsSet(2) && i >= larger ? size + 1 : 0, bound[2]));
        }));
    }

    private static List<object?> Filled(object?[] items, int size, object? with) => [.. items, .. Enumerable.Repeat(with, Math.Max(0, size - items.Length))];
}
