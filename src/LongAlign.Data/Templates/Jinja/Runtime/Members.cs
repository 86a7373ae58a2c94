using System.Numerics;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Attributes and items of values: <c>x.a</c> looks for an attribute first, <c>x['a']</c> for an item.</summary>
internal static class Members
{
    private static readonly HashSet<string> ListChanges = ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"];
    private static readonly HashSet<string> DictChanges = ["clear", "pop", "popitem", "setdefault", "update"];

    public static object? Attribute(object? owner, string name)
        => owner is Undefined undefined ? throw undefined.Fault()
            : TryAttribute(owner, name, out object? member) || TryItem(owner, Text.Literal(name), out member) ? member
            : new Undefined($"a {TypeNames.Of(owner)} has no attribute '{name}'");

    public static object? Item(object? owner, object? key)
        => owner is Undefined undefined ? throw undefined.Fault()
            : TryItem(owner, key, out object? member) || (key is Text name && TryAttribute(owner, name.Value, out member)) ? member
            : new Undefined($"a {TypeNames.Of(owner)} has no item {Describe(key)}");

    /// <summary>Follows a path of attributes and indices: <c>function.name</c>, as filters take it.</summary>
    public static object? Path(object? owner, string path)
    {
        foreach (string part in path.Split('.'))
        {
            object key = part.Length > 0 && part.All(char.IsAsciiDigit) ? BigInteger.Parse(part, System.Globalization.CultureInfo.InvariantCulture) : Text.Literal(part);
            owner = Item(owner, key);
        }

        return owner;
    }

    private static bool TryItem(object? owner, object? key, out object? item)
    {
        item = null;
        switch (owner)
        {
            case JinjaDict dict:
                return key is not (JinjaList or JinjaDict) && dict.TryGet(key, out item);
            case Text or Sequence when Numbers.TryGet(key, out BigInteger index):
                int length = Iteration.Length(owner);
                index = index.Sign < 0 ? index + length : index;
                if (index.Sign < 0 || index >= length)
                {
                    return false;
                }

                item = owner is Text text ? text.At((int)index) : ((Sequence)owner).Items[(int)index];
                return true;
            default:
                return false;
        }
    }

    private static bool TryAttribute(object? owner, string name, out object? member)
    {
        if (name.StartsWith('_'))
        {
            // A dictionary may have such a key; all else that Python has by such names is unsafe.
            member = new Undefined($"access to the attribute '{name}' of a {TypeNames.Of(owner)} is unsafe");
            return owner is not (JinjaDict or Namespace);
        }

        member = owner switch
        {
            Text text => TextMethods.Find(text, name),
            JinjaDict when DictChanges.Contains(name) => Unsafe(owner, name),
            JinjaDict dict => DictMember(dict, name),
            JinjaList when ListChanges.Contains(name) => Unsafe(owner, name),
            Group group when name is "grouper" or "list" => group.Items[name == "grouper" ? 0 : 1],
            Sequence sequence => SequenceMember(sequence, name),
            Namespace names => names.Attributes.TryGet(name, out object? value) ? new Found(value) : null,
            LoopInfo loop => loop.Member(name),
            MacroValue macro => MacroMember(macro, name),
            IMembers members => members.Member(name),
            BigInteger or double or bool when name is "real" or "imag" or "numerator" or "denominator" or "conjugate" or "bit_length" or "bit_count" or "to_bytes" or "as_integer_ratio" or "is_integer" or "hex"
                => throw new JinjaException($"'{name}' of a number is not supported"),
            _ => null,
        };
        (member, bool isFound) = member is Found found ? (found.Value, true) : (member, member is not null);
        return isFound;
    }

    private static Undefined Unsafe(object owner, string name) => new($"'{name}' would change a {TypeNames.Of(owner)}, which is not allowed");

    private static Function? DictMember(JinjaDict dict, string name) => name switch
    {
        "items" => new Function(name, (_, arguments) => NoArguments(arguments, name, DictView.ItemsOf(dict))),
        "keys" => new Function(name, (_, arguments) => NoArguments(arguments, name, DictView.KeysOf(dict))),
        "values" => new Function(name, (_, arguments) => NoArguments(arguments, name, DictView.ValuesOf(dict))),
        "copy" => new Function(name, (_, arguments) => NoArguments(arguments, name, dict)),
        "get" => new Function(name, (_, arguments) =>
        {
            BoundArguments bound = new Arguments(arguments.Positional, arguments.Named.Count == 0 ? [] : throw new JinjaException("get() takes its arguments without names")).Bind(name, 1, "key", "default");
            return dict.TryGet(bound[0], out object? value) ? value : bound[1];
        }),
        "fromkeys" => throw new JinjaException("'fromkeys' of a dict is not supported"),
        _ => null,
    };

    private static Function? SequenceMember(Sequence sequence, string name) => name switch
    {
        "count" => new Function(name, (_, arguments) =>
        {
            object? item = arguments.Bind(name, 1, "value")[0];
            return (BigInteger)sequence.Items.Count(other => Comparing.AreEqual(other, item));
        }),
        "index" => new Function(name, (_, arguments) =>
        {
            object? item = arguments.Bind(name, 1, "value")[0];
            int at = sequence.Items.ToList().FindIndex(other => Comparing.AreEqual(other, item));
            return at >= 0 ? (BigInteger)at : throw new JinjaException("index(): the list has no such item");
        }),
        "copy" when sequence is JinjaList => new Function(name, (_, arguments) => NoArguments(arguments, name, sequence)),
        _ => null,
    };

    private static object? MacroMember(MacroValue macro, string name) => name switch
    {
        "name" => Text.Literal(macro.Name),
        "arguments" => new JinjaTuple([.. macro.Signature.Parameters.Select(parameter => (object?)Text.Literal(parameter.Name))]),
        "catch_kwargs" => macro.Signature.Uses("kwargs"),
        "catch_varargs" => macro.Signature.Uses("varargs"),
        "caller" => macro.Signature.Uses("caller"),
        _ => null,
    };

    private static object NoArguments(Arguments arguments, string name, object value)
    {
        arguments.Bind(name, 0);
        return value;
    }

    private static string Describe(object? key) => key is Text or BigInteger ? Printing.Repr(key).Value : TypeNames.Of(key);

    /// <summary>Tells None from nothing.</summary>
    private sealed record Found(object? Value);
}
