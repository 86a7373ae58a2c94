using System.Globalization;
using System.Numerics;
using System.Text;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Filters that give texts.</summary>
internal static class TextFilters
{
    public static void AddTo(Dictionary<string, Func<Execution, Arguments, object?>> all)
    {
        Add("string", [], (text, _) => text);
        Add("safe", [], (text, _) => text.AsMarkup());
        Add("escape", [], (text, _) => Html.Escape(text));
        Add("e", [], (text, _) => Html.Escape(text));
        Add("forceescape", [], (text, _) => Html.Escape(text.AsMarkup(isMarkup: false)));
        Add("upper", [], (text, _) => TextCases.Map(text, PythonText.Upper));
        Add("lower", [], (text, _) => TextCases.Lower(text));
        Add("capitalize", [], (text, _) => TextCases.Capitalize(text));
        Add("title", [], (text, _) => Title(text));
        Add("trim", ["chars"], (text, bound) => TextEditing.Strip(text, bound.IsSet(1) ? bound.Text(1).Value : null, left: true, right: true));
        Add("center", ["width"], (text, bound) => TextEditing.Pad(text, bound.Int(1, 80), Text.Literal(" "), Side.Both));
        Add("indent", ["width", "first", "blank"], Indent);
        Add("truncate", ["length", "killwords", "end", "leeway"], Truncate);
        Add("urlencode", [], (text, _) => UrlEncode(text));
        all["replace"] = (_, arguments) =>
        {
            BoundArguments bound = arguments.Bind("replace", 3, "s", "old", "new", "count");
            return TextEditing.Replace(Printing.ToText(bound[0]).AsMarkup(isMarkup: false), Printing.ToText(bound[1]).Value, Printing.ToText(bound[2]), bound.IsSet(3) ? bound.Int(3) : -1);
        };
        all["wordcount"] = (_, arguments) => (BigInteger)CountWords(Printing.ToText(arguments.Bind("wordcount", 1, "s")[0]).Value);
        all["format"] = (_, arguments) => PercentFormat.Apply(Printing.ToText(arguments.Positional[0]), Values(arguments.Rest));
        all["join"] = Join;
        all["tojson"] = (_, arguments) => arguments.Bind("tojson", 1, "x", "ensure_ascii", "indent", "separators", "sort_keys") is var bound ? Json.Dump(bound) : null;

        void Add(string name, string[] parameters, Func<Text, BoundArguments, object?> filter)
            => all[name] = (_, arguments) => arguments.Bind(name, 1, ["s", .. parameters]) is var bound ? filter(Printing.ToText(bound[0]), bound) : null;
    }

    private static object Values(Arguments arguments)
    {
        if (arguments.Named.Count == 0)
        {
            return new JinjaTuple(arguments.Positional);
        }

        JinjaDict dict = new();
        foreach ((string name, object? value) in arguments.Named)
        {
            dict[name] = value;
        }

        return arguments.Positional.Count == 0 ? dict : throw new JinjaException("format() takes values with names or without, not both");
    }

    private static Text Join(Execution execution, Arguments arguments)
    {
        BoundArguments bound = arguments.Bind("join", 1, "value", "d", "attribute");
        IReadOnlyList<object?> items = Iteration.ToList(bound[0]);
        if (bound.IsSet(2))
        {
            items = [.. items.Select(item => ListFilters.Get(item, bound[2]))];
        }

        Text separator = bound.Has(1) ? Printing.ToText(bound[1]) : Text.Empty;
        return TextEditing.Join(separator.AsMarkup(isMarkup: false), items, onlyTexts: false);
    }

    /// <summary>As Jinja: words are what stands between white space, hyphens and opening brackets.</summary>
    private static Text Title(Text text)
    {
        bool isFirst = true;
        return TextCases.Map(text, (rune, at) =>
        {
            bool isBetween = rune.IsBmp && (PythonText.IsSpace((char)rune.Value) || "-({[<".Contains((char)rune.Value, StringComparison.Ordinal));
            string mapped = isFirst ? PythonText.Upper(rune) : TextCases.Lower(text.Value, rune, at);
            isFirst = isBetween;
            return mapped;
        });
    }

    private static Text Indent(Text text, BoundArguments bound)
    {
        Text indent = bound.Has(1) && bound[1] is Text given ? given : Text.Literal(new string(' ', Math.Clamp(bound.Int(1, 4), 0, 10_000)));
        bool indentsBlank = bound.Bool(3, otherwise: false);
        IReadOnlyList<object?> lines = TextEditing.SplitLines(Arithmetic.Join(text, Text.Literal("\n").AsMarkup(text.IsMarkup)), keepsEnds: false).Items;
        TextBuilder builder = new();
        for (int i = 0; i < lines.Count; i++)
        {
            Text line = (Text)lines[i]!;
            builder.AppendLiteral(i > 0 ? "\n" : "");
            builder.Append(i == 0 ? bound.Bool(2, otherwise: false) ? indent : Text.Empty : indentsBlank || line.Value.Length > 0 ? indent : Text.Empty);
            builder.Append(line);
        }

        return builder.ToText(text.IsMarkup);
    }

    private static Text Truncate(Text text, BoundArguments bound)
    {
        int length = bound.Int(1, 255);
        Text end = bound.Text(3, "...");
        int leeway = bound.IsSet(4) ? bound.Int(4) : 5;
        int kept = length - end.Length;
        if (kept < 0 || leeway < 0)
        {
            throw new JinjaException("truncate() takes a length of at least that of its end, and no leeway below 0");
        }

        if (text.Length <= (long)length + leeway)
        {
            return text;
        }

        Text cut = text.Substring(0, text.OffsetOf(kept));
        int space = bound.Bool(2, otherwise: false) ? -1 : cut.Value.LastIndexOf(' ');
        return Arithmetic.Join(space >= 0 ? cut.Substring(0, space) : cut, end);
    }

    private static Text UrlEncode(Text text)
    {
        TextBuilder builder = new();
        for (int i = 0; i < text.Value.Length;)
        {
            int length = char.IsSurrogatePair(text.Value, i) ? 2 : 1;
            if (char.IsAsciiLetterOrDigit(text.Value[i]) || "_.-~/".Contains(text.Value[i], StringComparison.Ordinal))
            {
                builder.Append(text, i, 1);
            }
            else
            {
                byte[] bytes = Encoding.UTF8.GetBytes(text.Value, i, length);
                builder.AppendAs(string.Concat(bytes.Select(b => string.Create(CultureInfo.InvariantCulture, $"%{b:X2}"))), text, i, length);
            }

            i += length;
        }

        return builder.ToText();
    }

    private static int CountWords(string text)
    {
        int count = 0;
        bool isInWord = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isWord = Rune.IsLetterOrDigit(rune) || Rune.IsNumber(rune) || rune.Value == '_';
            count += isWord && !isInWord ? 1 : 0;
            isInWord = isWord;
        }

        return count;
    }
}
