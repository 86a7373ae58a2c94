using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Values as text, as Python's <c>str</c> and <c>repr</c> give them.</summary>
internal static class Printing
{
    public static Text ToText(object? value) => value switch
    {
        Text text => text,
        Undefined => Text.Empty,
        _ => Repr(value),
    };

    public static Text Repr(object? value)
    {
        TextBuilder builder = new();
        AppendRepr(builder, value);
        return builder.ToText();
    }

    private static void AppendRepr(TextBuilder builder, object? value)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (value)
        {
            case Text { IsMarkup: true } text:
                builder.AppendLiteral("Markup(");
                AppendQuoted(builder, text);
                builder.AppendLiteral(")");
                break;
            case Text text:
                AppendQuoted(builder, text);
                break;
            case JinjaList list:
                AppendAll(builder, "[", list.Items, "]");
                break;
            case JinjaTuple tuple:
                AppendAll(builder, "(", tuple.Items, tuple.Items.Count == 1 ? ",)" : ")");
                break;
            case DictView view:
                AppendAll(builder.AppendLiteral(view.Kind), "([", view.Items, "])");
                break;
            case JinjaDict dict:
                AppendDict(builder, dict);
                break;
            case Namespace names:
                AppendDict(builder.AppendLiteral("<Namespace "), names.Attributes);
                builder.AppendLiteral(">");
                break;
            default:
                builder.AppendLiteral(Simple(value));
                break;
        }
    }

    private static string Simple(object? value) => value switch
    {
        null => "None",
        bool truth => truth ? "True" : "False",
        BigInteger integer => integer.ToString(CultureInfo.InvariantCulture),
        double real => Numbers.Repr(real),
        Undefined => "Undefined",
        JinjaRange range => range.ToString(),
        MacroValue macro => $"<Macro '{macro.Name}'>",
        LoopInfo loop => $"<LoopContext {loop.Index}/{loop.Length}>",
        _ => throw new JinjaException($"{TypeNames.Of(value)} can't be printed"),
    };

    private static void AppendAll(TextBuilder builder, string before, IEnumerable<object?> items, string after)
    {
        builder.AppendLiteral(before);
        bool isFirst = true;
        foreach (object? item in items)
        {
            builder.AppendLiteral(isFirst ? "" : ", ");
            AppendRepr(builder, item);
            isFirst = false;
        }

        builder.AppendLiteral(after);
    }

    private static void AppendDict(TextBuilder builder, JinjaDict dict)
    {
        builder.AppendLiteral("{");
        bool isFirst = true;
        foreach ((object? key, object? value) in dict.Pairs)
        {
            builder.AppendLiteral(isFirst ? "" : ", ");
            AppendRepr(builder, key);
            builder.AppendLiteral(": ");
            AppendRepr(builder, value);
            isFirst = false;
        }

        builder.AppendLiteral("}");
    }

    /// <summary>In single quotes, unless there are single ones and no double ones in it.</summary>
    private static void AppendQuoted(TextBuilder builder, Text text)
    {
        string value = text.Value;
        string quote = value.Contains('\'', StringComparison.Ordinal) && !value.Contains('"', StringComparison.Ordinal) ? "\"" : "'";
        builder.AppendLiteral(quote);
        for (int i = 0; i < value.Length;)
        {
            bool isRune = Rune.TryGetRuneAt(value, i, out Rune rune);
            int length = isRune ? rune.Utf16SequenceLength : 1;
            string? escape = !isRune ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)value[i]:x4}") : rune.Value switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\\' => "\\\\",
                _ when rune.Value == quote[0] => "\\" + quote,
                _ when PythonText.IsPrintable(rune) => null,
                < 0x100 => string.Create(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
                < 0x10000 => string.Create(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
                _ => string.Create(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
            };
            if (escape is null)
            {
                builder.Append(text, i, length);
            }
            else
            {
                builder.AppendAs(escape, text, i, length);
            }

            i += length;
        }

        builder.AppendLiteral(quote);
    }
}
