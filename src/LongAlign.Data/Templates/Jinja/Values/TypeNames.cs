using System.Numerics;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Python's names for the types of values.</summary>
internal static class TypeNames
{
    public static string Of(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        BigInteger => "int",
        double => "float",
        Text => "str",
        JinjaList => "list",
        JinjaTuple => "tuple",
        JinjaRange => "range",
        JinjaDict => "dict",
        DictView view => view.Kind,
        Undefined => "Undefined",
        Namespace => "Namespace",
        LoopInfo => "LoopContext",
        MacroValue => "Macro",
        Callable => "function",
        JinjaIterator => "generator",
        _ => "object",
    };
}
