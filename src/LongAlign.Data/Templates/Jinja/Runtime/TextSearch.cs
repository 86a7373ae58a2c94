using System.Numerics;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Searches of texts within texts, in code points.</summary>
internal static class TextSearch
{
    public delegate bool AffixTest(ReadOnlySpan<char> part, string affix);

    public static object Affix(Text text, BoundArguments arguments, AffixTest test)
    {
        (int start, int end) = Range(text, arguments);
        if (arguments[0] is JinjaTuple affixes)
        {
            return affixes.Items.Any(affix => affix is Text part ? Is(part.Value) : throw new JinjaException($"an affix is a {TypeNames.Of(affix)}; expected texts"));
        }

        return Is(arguments.Text(0).Value);

        bool Is(string affix) => end >= start && test(text.Value.AsSpan(start, end - start), affix);
    }

    public static BigInteger Find(Text text, BoundArguments arguments, bool last)
    {
        (int start, int end) = Range(text, arguments);
        string part = arguments.Text(0).Value;
        if (end < start)
        {
            return -1;
        }

        ReadOnlySpan<char> range = text.Value.AsSpan(start, end - start);
        int at = last ? range.LastIndexOf(part) : range.IndexOf(part);
        return at < 0 ? -1 : text.IndexOf(start + at);
    }

    public static object Count(Text text, BoundArguments arguments)
    {
        (int start, int end) = Range(text, arguments);
        string part = arguments.Text(0).Value;
        if (part.Length == 0)
        {
            return (BigInteger)(end < start ? 0 : text.IndexOf(end) - text.IndexOf(start) + 1);
        }

        return (BigInteger)(end < start ? 0 : text.Value.AsSpan(start, end - start).Count(part));
    }

    /// <summary>In UTF-16 units; the arguments 1 and 2 are code points.</summary>
    private static (int Start, int End) Range(Text text, BoundArguments arguments)
    {
        int length = text.Length;
        return (text.OffsetOf(Math.Min(length, Index(1, 0))), text.OffsetOf(Math.Min(length, Index(2, length)))) is var (start, end) && Index(1, 0) > length ? (length, -1) : (start, end);

        int Index(int argument, int otherwise)
        {
            int index = arguments.IsSet(argument) ? arguments.Int(argument) : otherwise;
            return index < 0 ? Math.Max(0, index + length) : index;
        }
    }
}
