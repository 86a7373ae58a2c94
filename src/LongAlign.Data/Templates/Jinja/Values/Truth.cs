using System.Numerics;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Whether a value counts as true.</summary>
internal static class Truth
{
    public static bool Of(object? value) => value switch
    {
        null or Undefined => false,
        bool truth => truth,
        BigInteger integer => !integer.IsZero,
        double real => real != 0,
        Text text => text.Value.Length > 0,
        Sequence sequence => sequence.Items.Count > 0,
        JinjaDict dict => dict.Count > 0,
        DictView view => view.Items.Count > 0,
        _ => true,
    };
}
