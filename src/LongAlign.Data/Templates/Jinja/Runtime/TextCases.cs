using System.Text;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Upper and lower case, and what texts are made of.</summary>
internal static class TextCases
{
    /// <summary>Each rune becomes what it is mapped to, and keeps where it came from.</summary>
    public static Text Map(Text text, Func<Rune, string> map) => Map(text, (rune, _) => map(rune));

    /// <summary>Each rune becomes what it and its place are mapped to.</summary>
    public static Text Map(Text text, Func<Rune, int, string> map)
    {
        TextBuilder builder = new();
        for (int i = 0; i < text.Value.Length;)
        {
            bool isRune = Rune.TryGetRuneAt(text.Value, i, out Rune rune);
            int length = isRune ? rune.Utf16SequenceLength : 1;
            builder.AppendAs(isRune ? map(rune, i) : text.Value.AsSpan(i, 1), text, i, length);
            i += length;
        }

        return builder.ToText(text.IsMarkup);
    }

    public static Text Lower(Text text) => Map(text, (rune, at) => Lower(text.Value, rune, at));

    /// <summary>A rune of a text in lower case; a sigma at the end of a word has a special form.</summary>
    public static string Lower(string text, Rune rune, int at)
        => rune.Value == 'Σ' && at > 0 && char.IsLetter(text[at - 1]) && (at + 1 == text.Length || !char.IsLetter(text[at + 1])) ? "ς" : PythonText.Lower(rune);

    public static Text Fold(Text text) => Map(text, rune => rune.Value == 'ß' ? "ss" : rune.Value == 'ς' ? "σ" : PythonText.Lower(rune));

    public static Text Capitalize(Text text)
    {
        bool isFirst = true;
        return Map(text, (rune, at) =>
        {
            string mapped = isFirst ? PythonText.Title(rune) : Lower(text.Value, rune, at);
            isFirst = false;
            return mapped;
        });
    }

    /// <summary>As <c>str.title</c>: a letter behind anything but a letter is upper case.</summary>
    public static Text Title(Text text)
    {
        bool isInWord = false;
        return Map(text, (rune, at) =>
        {
            string mapped = isInWord ? Lower(text.Value, rune, at) : PythonText.Title(rune);
            isInWord = PythonText.IsCased(rune);
            return mapped;
        });
    }

    public static object All(Text text, Func<Rune, bool> predicate) => text.Value.Length > 0 && text.Value.EnumerateRunes().All(predicate);

    public static object IsCase(Text text, Func<Rune, bool> isCase)
        => text.Value.EnumerateRunes().Any(PythonText.IsCased) && text.Value.EnumerateRunes().Where(PythonText.IsCased).All(isCase);
}
