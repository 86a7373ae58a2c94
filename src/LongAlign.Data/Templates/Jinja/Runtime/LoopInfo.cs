using System.Numerics;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>The variable <c>loop</c> of a loop.</summary>
/// <param name="items">Its items.</param>
/// <param name="depth">The number of recursive loops around it.</param>
/// <param name="recurse">Goes over other items with the same body; null where the loop isn't recursive.</param>
internal sealed class LoopInfo(IReadOnlyList<object?> items, int depth, Func<Execution, object?, object?>? recurse) : Callable("loop")
{
    private object? _changed;
    private bool _hasChanged;

    /// <summary>From 1.</summary>
    public int Index { get; set; }

    public int Length => items.Count;

    public override object? Invoke(Execution execution, Arguments arguments)
        => recurse is not null
            ? recurse(execution, arguments.Bind("loop", 1, "iterable")[0])
            : throw new JinjaException("the loop is called and not recursive; expected '{% for … recursive %}'");

    public object? Member(string name) => name switch
    {
        "index" => (BigInteger)Index,
        "index0" => (BigInteger)(Index - 1),
        "revindex" => (BigInteger)(items.Count - Index + 1),
        "revindex0" => (BigInteger)(items.Count - Index),
        "first" => Index == 1,
        "last" => Index == items.Count,
        "length" => (BigInteger)items.Count,
        "depth" => (BigInteger)(depth + 1),
        "depth0" => (BigInteger)depth,
        "previtem" => Index > 1 ? items[Index - 2] : new Undefined("there is no previous item"),
        "nextitem" => Index < items.Count ? items[Index] : new Undefined("there is no next item"),
        "cycle" => new Function("cycle", (_, arguments) => arguments.Positional.Count > 0
            ? arguments.Positional[(Index - 1) % arguments.Positional.Count] : throw new JinjaException("cycle() needs items")),
        "changed" => new Function("changed", (_, arguments) => HasChanged(new JinjaTuple(arguments.Positional))),
        _ => new Undefined($"'loop' has no attribute '{name}'"),
    };

    private bool HasChanged(JinjaTuple values)
    {
        bool isSame = _hasChanged && Comparing.AreEqual(_changed, values);
        (_changed, _hasChanged) = (values, true);
        return !isSame;
    }
}
