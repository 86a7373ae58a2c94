using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace LongAlign.Evaluation.Reports;

/// <summary>Elements of a page. Texts and attributes become text whatever they hold: the tree is written by an XML writer.</summary>
internal static class Markup
{
    /// <summary>An element with attributes and contents; strings are texts.</summary>
    public static XElement Element(string name, (string Name, string Value)[] attributes, params IEnumerable<object> contents)
        => new(name, attributes.Select(attribute => new XAttribute(attribute.Name, Clean(attribute.Value))), contents.Select(content => content is string text ? Clean(text) : content));

    /// <summary>An element of HTML, never written as &lt;p /&gt;, which a browser takes for the beginning of one.</summary>
    public static XElement Html(string name, (string Name, string Value)[] attributes, params IEnumerable<object> contents)
        => Element(name, attributes, contents.Append(""));

    public static XElement Html(string name, params IEnumerable<object> contents) => Html(name, [], contents);

    /// <summary>A whole page of HTML, with what it may load and how it looks.</summary>
    public static string Page(string title, string policy, string style, IEnumerable<object> contents)
    {
        XElement page = Html("html", [("lang", "en")],
            Html("head",
                Element("meta", [("charset", "utf-8")]),
                Element("meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")]),
                Element("meta", [("http-equiv", "Content-Security-Policy"), ("content", policy)]),
                Html("title", title),
                Html("style", style)),
            Html("body", Html("main", contents)));
        return "<!DOCTYPE html>\n" + page.ToString(SaveOptions.DisableFormatting).ReplaceLineEndings("\n") + "\n";
    }

    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>Replaces what no XML can hold: control characters and halves of surrogate pairs.</summary>
    private static string Clean(string text)
    {
        Span<char> clean = text.ToCharArray();
        for (int i = 0; i < clean.Length; i++)
        {
            if (i + 1 < clean.Length && char.IsSurrogatePair(clean[i], clean[i + 1]))
            {
                i++;
            }
            else if (!XmlConvert.IsXmlChar(clean[i]))
            {
                clean[i] = '\uFFFD';
            }
        }

        return new string(clean);
    }
}
