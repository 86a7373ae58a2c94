using System.Numerics;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>The arguments of a function, filter or test.</summary>
internal sealed class Arguments(IReadOnlyList<object?> positional, IReadOnlyList<(string Name, object? Value)>? named = null)
{
    public static Arguments None { get; } = new([]);

    public IReadOnlyList<object?> Positional { get; } = positional;

    public IReadOnlyList<(string Name, object? Value)> Named { get; } = named ?? [];

    /// <summary>The arguments without the first.</summary>
    public Arguments Rest => new([.. Positional.Skip(1)], Named);

    /// <summary>Puts the arguments where the parameters are.</summary>
    /// <param name="function">Whose, for errors.</param>
    /// <param name="required">The number that must be there.</param>
    /// <param name="parameters">Their names.</param>
    public BoundArguments Bind(string function, int required, params string[] parameters)
    {
        if (Positional.Count > parameters.Length)
        {
            throw new JinjaException($"{function}() takes {parameters.Length} arguments at most; there are {Positional.Count}");
        }

        object?[] values = [.. Positional, .. Enumerable.Repeat<object?>(BoundArguments.Missing, parameters.Length - Positional.Count)];
        foreach ((string name, object? value) in Named)
        {
            int at = Array.IndexOf(parameters, name);
            if (at < 0 || !ReferenceEquals(values[at], BoundArguments.Missing))
            {
                throw new JinjaException($"{function}() {(at < 0 ? "knows no argument" : "has twice the argument")} '{name}'");
            }

            values[at] = value;
        }

        int missing = Array.IndexOf(values, BoundArguments.Missing);
        return missing < 0 || missing >= required
            ? new BoundArguments(function, values, parameters)
            : throw new JinjaException($"{function}() lacks the argument '{parameters[missing]}'");
    }
}

/// <summary>Arguments in the order of the parameters.</summary>
internal sealed class BoundArguments(string function, object?[] values, string[] parameters)
{
    public static object Missing { get; } = new();

    public object? this[int index] => Has(index) ? values[index] : null;

    public bool Has(int index) => !ReferenceEquals(values[index], Missing);

    /// <summary>Whether it is there and is not None.</summary>
    public bool IsSet(int index) => Has(index) && values[index] is not null;

    public Text Text(int index) => values[index] as Text ?? throw Wrong(index, "a text");

    public Text Text(int index, string otherwise) => Has(index) ? Text(index) : Jinja.Text.Literal(otherwise);

    public int Int(int index, int otherwise) => Has(index) ? Int(index) : otherwise;

    public int Int(int index)
        => Numbers.TryGet(values[index], out BigInteger number) ? (int)BigInteger.Clamp(number, int.MinValue + 1, int.MaxValue) : throw Wrong(index, "an integer");

    public bool Bool(int index, bool otherwise) => Has(index) ? Truth.Of(values[index]) : otherwise;

    private JinjaException Wrong(int index, string expected)
        => values[index] is Undefined undefined ? undefined.Fault() : new JinjaException($"{function}() takes {expected} as '{parameters[index]}', not {TypeNames.Of(this[index])}");
}
