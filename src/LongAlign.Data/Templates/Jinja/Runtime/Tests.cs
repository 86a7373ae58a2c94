using System.Numerics;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>The tests (behind <c>is</c>).</summary>
internal static class Tests
{
    private static readonly Dictionary<string, Func<Execution, Arguments, object?>> All = Create();

    public static bool Has(string name) => All.ContainsKey(name);

    /// <exception cref="JinjaException">There is none of that name.</exception>
    public static Func<Execution, Arguments, object?> Find(string name)
        => All.TryGetValue(name, out Func<Execution, Arguments, object?>? test) ? test : throw new JinjaException($"there is no test '{name}'");

    private static Dictionary<string, Func<Execution, Arguments, object?>> Create()
    {
        Dictionary<string, Func<Execution, Arguments, object?>> all = [];
        One("defined", value => value is not Undefined);
        One("undefined", value => value is Undefined);
        One("none", value => value is null);
        One("true", value => value is true);
        One("false", value => value is false);
        One("boolean", value => value is bool);
        One("integer", value => value is BigInteger);
        One("float", value => value is double);
        One("number", value => value is BigInteger or double or bool);
        One("string", value => value is Text);
        One("mapping", value => value is JinjaDict);
        One("iterable", Iteration.Has);
        One("sequence", value => value is Text or Sequence or JinjaDict or Undefined);
        One("callable", value => value is Callable or Undefined);
        One("escaped", value => value is Text { IsMarkup: true });
        One("lower", value => TextCases.IsCase(Printing.ToText(value), PythonText.IsLower) is true);
        One("upper", value => TextCases.IsCase(Printing.ToText(value), PythonText.IsUpper) is true);
        One("odd", value => Arithmetic.Apply("%", value, (BigInteger)2) is var rest && Comparing.AreEqual(rest, BigInteger.One));
        One("even", value => Arithmetic.Apply("%", value, (BigInteger)2) is var rest && Comparing.AreEqual(rest, BigInteger.Zero));
        One("filter", value => value is Text name && Filters.Has(name.Value));
        One("test", value => value is Text name && Has(name.Value));
        Two("divisibleby", (value, number) => Comparing.AreEqual(Arithmetic.Apply("%", value, number), BigInteger.Zero));
        Two("sameas", (value, other) => value is bool or null ? Equals(value, other) : value is BigInteger ? value.Equals(other) : ReferenceEquals(value, other));
        Two("in", (value, container) => Comparing.Contains(container, value));
        Many(["eq", "equalto", "=="], Comparing.AreEqual);
        Many(["ne", "!="], (left, right) => !Comparing.AreEqual(left, right));
        Many(["lt", "lessthan", "<"], (left, right) => Comparing.Compare(left, right, "<") < 0);
        Many(["le", "<="], (left, right) => Comparing.Compare(left, right, "<=") <= 0);
        Many(["gt", "greaterthan", ">"], (left, right) => Comparing.Compare(left, right, ">") > 0);
        Many(["ge", ">="], (left, right) => Comparing.Compare(left, right, ">=") >= 0);
        return all;

        void One(string name, Func<object?, bool> test) => all[name] = (_, arguments) => test(arguments.Bind(name, 1, "value")[0]);

        void Many(string[] names, Func<object?, object?, bool> test) => Array.ForEach(names, name => Two(name, test));

        void Two(string name, Func<object?, object?, bool> test) => all[name] = (_, arguments) => arguments.Bind(name, 2, "value", "other") is var bound && test(bound[0], bound[1]);
    }
}
