using System.Text;

namespace LongAlign.Data;

/// <summary>Unicode's normalization forms of any text.</summary>
internal static class UnicodeForms
{
    /// <summary>A text in a form. What .NET refuses to normalize, noncharacters and halves of characters, stays as it is.</summary>
    public static string Normalize(string text, NormalizationForm form)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        int refused = IndexOfRefused(text);
        if (refused < 0)
        {
            return text.Normalize(form);
        }

        StringBuilder all = new(text.Length);
        for (int start = 0; ;)
        {
            all.Append(text[start..refused].Normalize(form));
            if (refused == text.Length)
            {
                return all.ToString();
            }

            all.Append(text[refused]);
            start = refused + 1;
            int next = IndexOfRefused(text.AsSpan(start));
            refused = next < 0 ? text.Length : start + next;
        }
    }

    private static int IndexOfRefused(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            int next = text[i..].IndexOfAnyInRange('\uD800', '\uFFFF');
            if (next < 0)
            {
                return -1;
            }

            i += next;
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]) || text[i] is (>= '\uFDD0' and <= '\uFDEF') or >= '\uFFFE')
            {
                return i;
            }
        }

        return -1;
    }
}
