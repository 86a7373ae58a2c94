using System.Numerics;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Parts of texts and lists: <c>x[start:stop:step]</c>, in code points.</summary>
internal static class Slicing
{
    public static object Of(object? value, object? start, object? stop, object? step)
    {
        if (value is not (Text or Sequence))
        {
            throw value is Undefined undefined ? undefined.Fault() : new JinjaException($"a {TypeNames.Of(value)} has no slices");
        }

        int length = Iteration.Length(value);
        int stride = (int)BigInteger.Clamp(Bound(step) ?? 1, -int.MaxValue, int.MaxValue);
        if (stride == 0)
        {
            throw new JinjaException("a slice has a step of 0");
        }

        int first = Index(Bound(start), length, stride, stride > 0 ? 0 : length - 1);
        int last = Index(Bound(stop), length, stride, stride > 0 ? length : -1);
        if (stride == 1 && value is Text text)
        {
            int begin = text.OffsetOf(first);
            return last <= first ? text.Substring(0, 0) : text.Substring(begin, text.OffsetOf(last) - begin);
        }

        List<int> indices = [];
        for (long i = first; stride > 0 ? i < last : i > last; i += stride)
        {
            indices.Add((int)i);
        }

        if (value is Sequence sequence)
        {
            return sequence.With([.. indices.Select(i => sequence.Items[i])]);
        }

        TextBuilder builder = new();
        foreach (int i in indices)
        {
            builder.Append(((Text)value).At(i));
        }

        return builder.ToText(((Text)value).IsMarkup);
    }

    private static BigInteger? Bound(object? bound) => bound switch
    {
        null => null,
        Undefined undefined => throw undefined.Fault(),
        _ when Numbers.TryGet(bound, out BigInteger number) => number,
        _ => throw new JinjaException($"a slice has a {TypeNames.Of(bound)}; expected whole numbers"),
    };

    private static int Index(BigInteger? bound, int length, int stride, int otherwise)
    {
        if (bound is not { } index)
        {
            return otherwise;
        }

        index = index.Sign < 0 ? index + length : index;
        return (int)BigInteger.Clamp(index, stride > 0 ? 0 : -1, stride > 0 ? length : length - 1);
    }
}
