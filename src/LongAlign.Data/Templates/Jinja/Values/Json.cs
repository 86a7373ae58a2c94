using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Writes values as Python's <c>json.dumps</c> does.</summary>
internal sealed class Json
{
    private readonly TextBuilder _builder = new();
    private readonly bool _isAscii;
    private readonly Text? _indent;
    private readonly Text _itemSeparator;
    private readonly Text _keySeparator;
    private readonly bool _sortsKeys;

    private Json(bool isAscii, Text? indent, Text? itemSeparator, Text? keySeparator, bool sortsKeys)
    {
        _isAscii = isAscii;
        _indent = indent;
        _itemSeparator = itemSeparator ?? Text.Literal(indent is null ? ", " : ",");
        _keySeparator = keySeparator ?? Text.Literal(": ");
        _sortsKeys = sortsKeys;
    }

    /// <summary>The filter <c>tojson</c> of Transformers.</summary>
    public static Text Dump(BoundArguments arguments)
    {
        Text? indent = arguments[2] switch
        {
            null => null,
            Text text => text,
            var number when Numbers.TryGet(number, out BigInteger spaces) => Text.Literal(new string(' ', (int)BigInteger.Clamp(spaces, 0, 1_000))),
            _ => throw new JinjaException($"tojson() takes a number or a text as 'indent', not {TypeNames.Of(arguments[2])}"),
        };
        (Text? item, Text? key) = arguments[3] switch
        {
            null => (null, null),
            Sequence { Items: [Text first, Text second] } => (first, second),
            _ => throw new JinjaException("tojson() takes two texts as 'separators'"),
        };
        Json json = new(arguments.Bool(1, otherwise: false), indent, item, key, arguments.Bool(4, otherwise: false));
        json.Append(arguments[0], 0);
        return json._builder.ToText();
    }

    /// <summary>A value with the separators that Python writes unless told otherwise.</summary>
    public static Text Dump(object? value)
    {
        Json json = new(isAscii: false, indent: null, itemSeparator: null, keySeparator: null, sortsKeys: false);
        json.Append(value, 0);
        return json._builder.ToText();
    }

    private void Append(object? value, int depth)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (value)
        {
            case Text text:
                AppendText(text);
                break;
            case JinjaList or JinjaTuple:
                AppendAll('[', ']', ((Sequence)value).Items, depth, item => Append(item, depth + 1));
                break;
            case JinjaDict dict:
                IEnumerable<(object? Key, object? Value)> pairs = _sortsKeys ? dict.Pairs.Order(Comparer<(object? Key, object? Value)>.Create((a, b) => Comparing.Compare(a.Key, b.Key, "<") ?? 0)) : dict.Pairs;
                AppendAll('{', '}', [.. pairs], depth, pair =>
                {
                    AppendText(pair.Key is Text key ? key : Text.Literal(Number(pair.Key) ?? throw new JinjaException($"a key of JSON can't be a {TypeNames.Of(pair.Key)}")));
                    _builder.Append(_keySeparator);
                    Append(pair.Value, depth + 1);
                });
                break;
            default:
                _builder.AppendLiteral(Number(value) ?? throw new JinjaException($"{TypeNames.Of(value)} can't be written as JSON"));
                break;
        }
    }

    private static string? Number(object? value) => value switch
    {
        null => "null",
        bool truth => truth ? "true" : "false",
        BigInteger integer => integer.ToString(CultureInfo.InvariantCulture),
        double real => double.IsFinite(real) ? Numbers.Repr(real) : double.IsNaN(real) ? "NaN" : real > 0 ? "Infinity" : "-Infinity",
        _ => null,
    };

    private void AppendAll<T>(char open, char close, IReadOnlyList<T> items, int depth, Action<T> append)
    {
        _builder.AppendLiteral([open]);
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0)
            {
                _builder.Append(_itemSeparator);
            }

            AppendLine(depth + 1);
            append(items[i]);
        }

        if (items.Count > 0)
        {
            AppendLine(depth);
        }

        _builder.AppendLiteral([close]);
    }

    private void AppendLine(int depth)
    {
        if (_indent is not null)
        {
            _builder.AppendLiteral("\n");
            for (int i = 0; i < depth; i++)
            {
                _builder.Append(_indent);
            }
        }
    }

    private void AppendText(Text text)
    {
        string value = text.Value;
        _builder.AppendLiteral("\"");
        int done = 0;
        for (int i = 0; i < value.Length; i++)
        {
            string? escape = value[i] switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\b' => "\\b",
                '\f' => "\\f",
                var c when c < ' ' || (_isAscii && c > '~') => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => null,
            };
            if (escape is not null)
            {
                _builder.Append(text, done, i - done).AppendAs(escape, text, i, 1);
                done = i + 1;
            }
        }

        _builder.Append(text, done, value.Length - done).AppendLiteral("\"");
    }
}
