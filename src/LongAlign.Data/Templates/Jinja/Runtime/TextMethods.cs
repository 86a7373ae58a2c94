using System.Numerics;
using System.Text;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>The methods of texts.</summary>
internal static class TextMethods
{
    private static readonly HashSet<string> NotSupported = ["encode", "translate", "maketrans", "isidentifier", "isnumeric", "isdecimal", "format_map", "unescape", "striptags", "join_with"];

    /// <returns>The method, bound to the text; null where there is none of that name.</returns>
    public static Function? Find(Text text, string name)
    {
        if (NotSupported.Contains(name))
        {
            throw new JinjaException($"the method '{name}' of texts is not supported");
        }

        return All.TryGetValue(name, out Func<Text, MethodCall, object?>? method) ? new Function(name, (_, arguments) => method(text, new MethodCall(name, arguments))) : null;
    }

    private static readonly Dictionary<string, Func<Text, MethodCall, object?>> All = new()
    {
        ["strip"] = (text, call) => TextEditing.Strip(text, call.Characters(), left: true, right: true),
        ["lstrip"] = (text, call) => TextEditing.Strip(text, call.Characters(), left: true, right: false),
        ["rstrip"] = (text, call) => TextEditing.Strip(text, call.Characters(), left: false, right: true),
        ["split"] = (text, call) => TextEditing.Split(text, call.Bind(0, "sep", "maxsplit"), fromRight: false),
        ["rsplit"] = (text, call) => TextEditing.Split(text, call.Bind(0, "sep", "maxsplit"), fromRight: true),
        ["splitlines"] = (text, call) => TextEditing.SplitLines(text, call.Bind(0, "keepends").Bool(0, otherwise: false)),
        ["partition"] = (text, call) => TextEditing.Partition(text, call.Bind(1, "sep").Text(0), fromRight: false),
        ["rpartition"] = (text, call) => TextEditing.Partition(text, call.Bind(1, "sep").Text(0), fromRight: true),
        ["replace"] = (text, call) => call.Bind(2, "old", "new", "count") is var bound ? TextEditing.Replace(text, bound.Text(0).Value, bound.Text(1), bound.Int(2, -1)) : null,
        ["removeprefix"] = (text, call) => call.Bind(1, "prefix").Text(0).Value is var prefix && text.Value.StartsWith(prefix, StringComparison.Ordinal) ? text.Substring(prefix.Length) : text,
        ["removesuffix"] = (text, call) => call.Bind(1, "suffix").Text(0).Value is { Length: > 0 } suffix && text.Value.EndsWith(suffix, StringComparison.Ordinal) ? text.Substring(0, text.Value.Length - suffix.Length) : text,
        ["join"] = (text, call) => TextEditing.Join(text, Iteration.ToList(call.Bind(1, "iterable")[0]), onlyTexts: true),
        ["startswith"] = (text, call) => TextSearch.Affix(text, call.Bind(1, "prefix", "start", "end"), (part, affix) => part.StartsWith(affix, StringComparison.Ordinal)),
        ["endswith"] = (text, call) => TextSearch.Affix(text, call.Bind(1, "suffix", "start", "end"), (part, affix) => part.EndsWith(affix, StringComparison.Ordinal)),
        ["find"] = (text, call) => TextSearch.Find(text, call.Bind(1, "sub", "start", "end"), last: false),
        ["rfind"] = (text, call) => TextSearch.Find(text, call.Bind(1, "sub", "start", "end"), last: true),
        ["index"] = (text, call) => NotMinusOne(TextSearch.Find(text, call.Bind(1, "sub", "start", "end"), last: false)),
        ["rindex"] = (text, call) => NotMinusOne(TextSearch.Find(text, call.Bind(1, "sub", "start", "end"), last: true)),
        ["count"] = (text, call) => TextSearch.Count(text, call.Bind(1, "sub", "start", "end")),
        ["upper"] = (text, call) => call.None() ?? TextCases.Map(text, PythonText.Upper),
        ["lower"] = (text, call) => call.None() ?? TextCases.Lower(text),
        ["casefold"] = (text, call) => call.None() ?? TextCases.Fold(text),
        ["swapcase"] = (text, call) => call.None() ?? TextCases.Map(text, rune => PythonText.IsUpper(rune) ? PythonText.Lower(rune) : PythonText.IsLower(rune) ? PythonText.Upper(rune) : rune.ToString()),
        ["capitalize"] = (text, call) => call.None() ?? TextCases.Capitalize(text),
        ["title"] = (text, call) => call.None() ?? TextCases.Title(text),
        ["center"] = (text, call) => call.Bind(1, "width", "fillchar") is var bound ? TextEditing.Pad(text, bound.Int(0), bound.Text(1, " "), Side.Both) : null,
        ["ljust"] = (text, call) => call.Bind(1, "width", "fillchar") is var bound ? TextEditing.Pad(text, bound.Int(0), bound.Text(1, " "), Side.Right) : null,
        ["rjust"] = (text, call) => call.Bind(1, "width", "fillchar") is var bound ? TextEditing.Pad(text, bound.Int(0), bound.Text(1, " "), Side.Left) : null,
        ["zfill"] = (text, call) => TextEditing.ZeroFill(text, call.Bind(1, "width").Int(0)),
        ["expandtabs"] = (text, call) => TextEditing.ExpandTabs(text, call.Bind(0, "tabsize").Int(0, 8)),
        ["format"] = (text, call) => BraceFormat.Apply(text, call.Arguments),
        ["isspace"] = (text, call) => call.None() ?? TextCases.All(text, rune => rune.IsBmp && PythonText.IsSpace((char)rune.Value)),
        ["isdigit"] = (text, call) => call.None() ?? TextCases.All(text, rune => Rune.IsDigit(rune) || "²³¹⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉".Contains(rune.ToString(), StringComparison.Ordinal)),
        ["isalpha"] = (text, call) => call.None() ?? TextCases.All(text, PythonText.IsAlphabetic),
        ["isalnum"] = (text, call) => call.None() ?? TextCases.All(text, rune => PythonText.IsAlphabetic(rune) || Rune.IsNumber(rune)),
        ["isascii"] = (text, call) => call.None() ?? (object)text.Value.All(char.IsAscii),
        ["isprintable"] = (text, call) => call.None() ?? (object)text.Value.EnumerateRunes().All(PythonText.IsPrintable),
        ["isupper"] = (text, call) => call.None() ?? TextCases.IsCase(text, PythonText.IsUpper),
        ["islower"] = (text, call) => call.None() ?? TextCases.IsCase(text, PythonText.IsLower),
        ["istitle"] = (text, call) => call.None() ?? (object)(text.Value.EnumerateRunes().Any(PythonText.IsCased) && TextCases.Title(text).Value == text.Value),
    };

    private static BigInteger NotMinusOne(BigInteger index) => index.Sign >= 0 ? index : throw new JinjaException("index(): the text does not have that part");

    /// <summary>The arguments of a method.</summary>
    internal readonly record struct MethodCall(string Name, Arguments Arguments)
    {
        /// <summary>Python takes names for the arguments of these methods alone.</summary>
        public BoundArguments Bind(int required, params string[] parameters)
            => Arguments.Named.Count == 0 || Name is "split" or "rsplit" or "splitlines" or "expandtabs"
                ? Arguments.Bind(Name, required, parameters)
                : throw new JinjaException($"{Name}() takes its arguments without names");

        /// <summary>Throws where there is an argument.</summary>
        public object? None()
        {
            Arguments.Bind(Name, 0);
            return null;
        }

        public string? Characters() => Bind(0, "chars") is var bound && bound.IsSet(0) ? bound.Text(0).Value : null;
    }
}
