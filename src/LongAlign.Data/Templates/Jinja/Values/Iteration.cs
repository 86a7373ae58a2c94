namespace LongAlign.Data.Templates.Jinja;

/// <summary>The items of values that a loop can iterate over.</summary>
internal static class Iteration
{
    public static bool Has(object? value) => value is Text or Sequence or JinjaDict or DictView or JinjaIterator or Undefined or LoopInfo;

    /// <exception cref="JinjaException">The value has no items.</exception>
    public static IEnumerable<object?> Of(object? value) => value switch
    {
        Text text => Characters(text),
        Sequence sequence => sequence.Items,
        JinjaDict dict => dict.Keys,
        DictView view => view.Items,
        JinjaIterator iterator => iterator,
        Undefined => [],
        _ => throw new JinjaException($"{TypeNames.Of(value)} has no items to go over"),
    };

    /// <summary>Copies the items to a list.</summary>
    public static List<object?> ToList(object? value)
    {
        List<object?> items = [];
        foreach (object? item in Of(value))
        {
            items.Add(item);
            ThrowIfTooMany(items.Count);
        }

        return items;
    }

    public static int Length(object? value) => value switch
    {
        Text text => text.Length,
        Sequence sequence => sequence.Items.Count,
        JinjaDict dict => dict.Count,
        DictView view => view.Items.Count,
        Undefined => 0,
        LoopInfo loop => loop.Length,
        _ => throw new JinjaException($"{TypeNames.Of(value)} has no length"),
    };

    public static void ThrowIfTooMany(long count)
    {
        if (count > JinjaLimits.MaxItems)
        {
            throw new JinjaException($"a list has more than {JinjaLimits.MaxItems:N0} items");
        }
    }

    private static IEnumerable<object?> Characters(Text text)
    {
        int length = text.Length;
        for (int i = 0; i < length; i++)
        {
            yield return text.At(i);
        }
    }
}
