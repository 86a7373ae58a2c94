using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace Docs;

/// <summary>The XML comment of a type or member, as Markdown.</summary>
internal sealed partial class Comment
{
    private readonly PublicApi _api;
    private readonly ISymbol _symbol;
    private readonly XElement _xml;

    private Comment(PublicApi api, ISymbol symbol, XElement xml) => (_api, _symbol, _xml) = (api, symbol, xml);

    public string Summary => Text("summary");

    public string Remarks => Text("remarks");

    public string Value => Text("value");

    public string Returns => Text("returns");

    public string Example => Text("example");

    public IEnumerable<(string Name, string Text)> Parameters => Named("typeparam").Concat(Named("param"));

    public IEnumerable<(string Type, string Text)> Exceptions => _xml.Elements("exception").Select(one => (Reference(one.Attribute("cref")!.Value), Markdown(one)));

    /// <summary>The comment of a symbol; where it says <c>inheritdoc</c>, with what it lacks from the symbol named there, overridden or implemented.</summary>
    public static Comment Of(PublicApi api, ISymbol symbol)
    {
        XElement own = api.CommentOf(symbol);
        XElement xml = new("member", own.Elements().Where(element => element.Name != "inheritdoc"));
        foreach (XElement inherit in own.Elements("inheritdoc"))
        {
            if ((inherit.Attribute("cref") is { } cref ? api.Find(cref.Value) : InheritsFrom(symbol)) is not { } origin)
            {
                continue;
            }

            string[]? wanted = inherit.Attribute("path")?.Value.Split('|').Select(path => path.Trim().TrimStart('/').Split('[')[0]).ToArray();
            xml.Add(Of(api, origin)._xml.Elements().Where(element => (wanted is null || wanted.Contains(element.Name.LocalName)) && !xml.Elements(element.Name).Any(other => Key(other) == Key(element))));
            if (xml.Element("summary") is null)
            {
                // What comes from elsewhere has no comment here; its name says where to read it.
                xml.Add(new XElement("summary", new XElement("inherited", $"{Declaration.Title(origin.ContainingType)}.{origin.Name}")));
            }
        }

        return new Comment(api, symbol, xml);
    }

    private static string? Key(XElement element) => (element.Attribute("name") ?? element.Attribute("cref"))?.Value;

    private static ISymbol? InheritsFrom(ISymbol symbol) => symbol switch
    {
        INamedTypeSymbol type => type.BaseType,
        IMethodSymbol { OverriddenMethod: { } method } => method,
        IPropertySymbol { OverriddenProperty: { } property } => property,
        _ => symbol.ContainingType.AllInterfaces.SelectMany(one => one.GetMembers())
            .FirstOrDefault(member => SymbolEqualityComparer.Default.Equals(symbol.ContainingType.FindImplementationForInterfaceMember(member), symbol)),
    };

    private string Text(string name) => _xml.Element(name) is { } element ? Markdown(element) : "";

    private IEnumerable<(string, string)> Named(string element) => _xml.Elements(element).Select(one => (one.Attribute("name")!.Value, Markdown(one)));

    private string Markdown(XElement element)
    {
        StringBuilder text = new();
        foreach (XNode node in element.Nodes())
        {
            text.Append(node switch
            {
                XElement child => Inline(child),
                XText run => Escape(White().Replace(run.Value, " ")),
                _ => "",
            });
        }

        return text.ToString().Trim();
    }

    private string Inline(XElement element) => element.Name.LocalName switch
    {
        "see" or "seealso" when element.Attribute("cref") is { } cref => Reference(cref.Value, element.Value),
        "see" when element.Attribute("href") is { } href => $"[{(element.Value.Length == 0 ? href.Value : Escape(element.Value))}]({href.Value})",
        "see" => Code(element.Attribute("langword")!.Value),
        "paramref" or "typeparamref" => Code(element.Attribute("name")!.Value),
        "c" => Code(element.Value),
        "code" => $"\n\n```csharp\n{Unindent(element.Value)}\n```\n\n",
        "para" => $"\n\n{Markdown(element)}\n\n",
        "list" => "\n\n" + string.Concat(element.Elements("item").Select(item => $"- {string.Join(": ", item.Elements().Select(Markdown).DefaultIfEmpty(Markdown(item)))}\n")) + "\n",
        "b" or "i" or "em" or "strong" => $"*{Markdown(element)}*",
        "inherited" => $"Inherited from {Code(element.Value)}.",
        "br" => "\n\n",
        string other => Fault($"<{other}> is not known here", Markdown(element)),
    };

    /// <summary>A link to a symbol of ours, or the name of another.</summary>
    private string Reference(string id, string text = "")
    {
        if (_api.Find(id) is { } symbol)
        {
            INamedTypeSymbol type = symbol as INamedTypeSymbol ?? symbol.ContainingType;
            bool isNear = symbol is not INamedTypeSymbol && SymbolEqualityComparer.Default.Equals(type, _symbol as INamedTypeSymbol ?? _symbol.ContainingType);
            string name = symbol is INamedTypeSymbol ? Declaration.Title(symbol) : isNear ? symbol.Name : $"{Declaration.Title(type)}.{symbol.Name}";
            string place = symbol is INamedTypeSymbol ? "" : "#" + PublicApi.Anchor(symbol);
            return $"[{Code(text.Length == 0 ? name.Replace("..ctor", "", StringComparison.Ordinal) : text)}](/api/{PublicApi.Address(type)}.md{place})";
        }

        string plain = Arity().Replace(id[2..].Split('(')[0], "");
        return id.StartsWith("!:", StringComparison.Ordinal) || plain.StartsWith("LongAlign.", StringComparison.Ordinal)
            ? Fault($"{id} is no public type or member", Code(plain))
            : Code(text.Length > 0 ? text : string.Join('.', plain.Split('.')[id[0] == 'T' ? ^1.. : ^2..]));
    }

    private string Fault(string what, string instead)
    {
        _api.Faults.Add($"{_symbol.ToDisplayString()}: {what}");
        return instead;
    }

    private static string Code(string text) => $"`{White().Replace(text, " ").Trim()}`";

    /// <summary>Text in which Markdown and the site's page compiler see no signs of their own.</summary>
    private static string Escape(string text) => Signs().Replace(text, sign => sign.Value switch
    {
        "<" => "&lt;",
        "{" => "&#123;",
        "}" => "&#125;",
        string other => "\\" + other,
    });

    private static string Unindent(string code)
    {
        string[] lines = code.Trim('\r', '\n').TrimEnd().Split('\n');
        int indent = lines.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length >= indent ? line[indent..].TrimEnd() : ""));
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex White();

    [GeneratedRegex(@"[<{}*_\[\]\\`#|~]")]
    private static partial Regex Signs();

    [GeneratedRegex(@"`+\d+")]
    private static partial Regex Arity();
}
