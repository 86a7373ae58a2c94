using System.Numerics;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>The functions that every template has.</summary>
internal static class Globals
{
    public static Scope Scope { get; } = Create();

    private static Scope Create()
    {
        Scope scope = new(outer: null);
        Add("range", (_, arguments) => Range(arguments));
        Add("dict", (_, arguments) => Dict("dict", arguments));
        Add("namespace", (_, arguments) => new Namespace(Dict("namespace", arguments)));
        Add("cycler", (_, arguments) => new Cycler(arguments.Positional));
        Add("joiner", (_, arguments) => new Joiner(arguments.Bind("joiner", 0, "sep").Text(0, ", ")));
        Add("lipsum", (_, _) => throw new JinjaException("lipsum() is not supported: it gives other text each time"));
        Add("raise_exception", (execution, arguments) => throw new JinjaException(Printing.ToText(arguments.Bind("raise_exception", 1, "message")[0]).Value, execution.At) { IsRaised = true });
        Add("strftime_now", (execution, arguments) => Text.Literal(DateFormat.Apply(arguments.Bind("strftime_now", 1, "format").Text(0).Value, execution.Clock.GetLocalNow())));
        return scope;

        void Add(string name, Func<Execution, Arguments, object?> body) => scope[name] = new Function(name, body);
    }

    private static JinjaRange Range(Arguments arguments)
    {
        BigInteger[] numbers = [.. arguments.Positional.Select(value => Numbers.TryGet(value, out BigInteger number) ? number
            : throw (value is Undefined undefined ? undefined.Fault() : new JinjaException($"range() takes whole numbers, not {TypeNames.Of(value)}")))];
        return (numbers, arguments.Named.Count) switch
        {
            ([var stop], 0) => JinjaRange.Of(0, stop, 1),
            ([var start, var stop], 0) => JinjaRange.Of(start, stop, 1),
            ([var start, var stop, var step], 0) => JinjaRange.Of(start, stop, step),
            _ => throw new JinjaException("range() takes from one to three numbers"),
        };
    }

    /// <summary>A dictionary of another, or of pairs, and of named arguments.</summary>
    private static JinjaDict Dict(string function, Arguments arguments)
    {
        JinjaDict dict = new();
        if (arguments.Positional.Count > 1)
        {
            throw new JinjaException($"{function}() takes one argument without a name at most");
        }

        foreach (object? given in arguments.Positional)
        {
            foreach ((object? key, object? value) in given is JinjaDict other ? other.Pairs : Iteration.ToList(given).Select(Pair))
            {
                dict[key] = value;
            }
        }

        foreach ((string name, object? value) in arguments.Named)
        {
            dict[name] = value;
        }

        return dict;

        (object? Key, object? Value) Pair(object? item)
            => Iteration.ToList(item) is [var key, var value] ? (key, value) : throw new JinjaException($"{function}() takes pairs of a key and a value");
    }

    private sealed class Cycler(IReadOnlyList<object?> items) : IMembers
    {
        private int _at;

        public object? Member(string name) => name switch
        {
            "current" => Current,
            "next" => new Function(name, (_, _) =>
            {
                object? current = Current;
                _at = (_at + 1) % items.Count;
                return current;
            }),
            "reset" => new Function(name, (_, _) =>
            {
                _at = 0;
                return null;
            }),
            _ => null,
        };

        private object? Current => items.Count > 0 ? items[_at] : throw new JinjaException("cycler() needs items");
    }

    private sealed class Joiner(Text separator) : Callable("joiner")
    {
        private bool _isUsed;

        public override object? Invoke(Execution execution, Arguments arguments)
        {
            Text text = _isUsed ? separator : Text.Empty;
            _isUsed = true;
            return text;
        }
    }
}
