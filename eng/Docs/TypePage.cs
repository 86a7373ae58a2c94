using Microsoft.CodeAnalysis;

namespace Docs;

/// <summary>The page of a type, as lines of Markdown.</summary>
internal static class TypePage
{
    public static IEnumerable<string> Lines(PublicApi api, INamedTypeSymbol type)
    {
        yield return "---";
        yield return "editLink: false";
        yield return "outline: [2, 3]";
        yield return "---";
        yield return $"# {Plain(Declaration.Title(type))} <Badge type=\"info\" text=\"{Declaration.Kind(type)}\" />";
        yield return "";
        yield return $"Namespace [{type.ContainingNamespace.ToDisplayString()}](/api/{type.ContainingNamespace.ToDisplayString().Replace('.', '/')}/index.md), package {type.ContainingAssembly.Name}";
        foreach (string line in Body(api, type))
        {
            yield return line;
        }

        IReadOnlyList<ISymbol> members = PublicApi.MembersOf(type);
        IEnumerable<(string Title, IEnumerable<ISymbol> Members)> sections =
        [
            ("Values", members.Where(member => type.TypeKind == TypeKind.Enum)),
            ("Constructors", members.Where(member => member is IMethodSymbol { MethodKind: MethodKind.Constructor } && type.TypeKind != TypeKind.Delegate)),
            ("Fields", members.Where(member => member is IFieldSymbol && type.TypeKind != TypeKind.Enum)),
            ("Properties", members.Where(member => member is IPropertySymbol)),
            ("Methods", members.Where(member => member is IMethodSymbol { MethodKind: MethodKind.Ordinary } && type.TypeKind != TypeKind.Delegate)),
            ("Operators", members.Where(member => member is IMethodSymbol { MethodKind: MethodKind.UserDefinedOperator or MethodKind.Conversion })),
            ("Events", members.Where(member => member is IEventSymbol)),
        ];
        foreach ((string title, IEnumerable<ISymbol> some) in sections.Where(section => section.Members.Any()))
        {
            yield return "";
            yield return $"## {title}";
            foreach (ISymbol member in title is "Values" ? some : some.OrderBy(member => member.Name, StringComparer.Ordinal))
            {
                yield return "";
                yield return $"### {Plain(MemberTitle(member))} {{#{PublicApi.Anchor(member)}}}";
                foreach (string line in Body(api, member))
                {
                    yield return line;
                }
            }
        }
    }

    private static string MemberTitle(ISymbol member) => member is IMethodSymbol { MethodKind: MethodKind.Constructor }
        ? $"new {member.ContainingType.Name}({string.Join(", ", ((IMethodSymbol)member).Parameters.Select(parameter => parameter.Name))})"
        : Declaration.Title(member);

    /// <summary>Declaration and comment.</summary>
    private static IEnumerable<string> Body(PublicApi api, ISymbol symbol)
    {
        Comment comment = Comment.Of(api, symbol);
        string summary = comment.Summary;
        if (summary.Length == 0 && symbol is IPropertySymbol)
        {
            // A property of a record's parameter is described there.
            summary = Comment.Of(api, symbol.ContainingType).Parameters.FirstOrDefault(parameter => parameter.Name == symbol.Name).Text ?? "";
        }
        else if (summary.Length == 0 && symbol is IMethodSymbol { MethodKind: MethodKind.Constructor })
        {
            summary = symbol.ContainingType.IsRecord || symbol.ContainingType.IsValueType || ((IMethodSymbol)symbol).Parameters.Length == 0 ? "Makes one." : "";
        }

        if (summary.Length == 0)
        {
            api.Faults.Add($"{symbol.ToDisplayString()} has no comment");
        }

        yield return "";
        yield return summary;
        yield return "";
        yield return "```csharp";
        yield return Declaration.Of(symbol);
        yield return "```";
        bool isRecord = symbol is INamedTypeSymbol { TypeKind: not TypeKind.Delegate }; // its parameters are properties, below
        foreach (string line in isRecord ? [] : Table("parameter", comment.Parameters.Select(parameter => ($"`{parameter.Name}`", parameter.Text))))
        {
            yield return line;
        }

        foreach ((string title, string text) in new[] { ("Returns", comment.Returns), ("Value", comment.Value) }.Where(part => part.Item2.Length > 0))
        {
            yield return "";
            yield return $"**{title}:** {text}";
        }

        foreach (string line in Table("exception", comment.Exceptions))
        {
            yield return line;
        }

        foreach ((string title, string text) in new[] { ("", comment.Remarks), ("**Example**", comment.Example) }.Where(part => part.Item2.Length > 0))
        {
            yield return "";
            yield return title;
            yield return "";
            yield return text;
        }
    }

    private static IEnumerable<string> Table(string what, IEnumerable<(string Name, string Text)> rows)
    {
        bool isFirst = true;
        foreach ((string name, string text) in rows)
        {
            if (isFirst)
            {
                yield return "";
                yield return $"| {what} | |";
                yield return "| --- | --- |";
                isFirst = false;
            }

            yield return $"| {name} | {text.Replace("\n", " ", StringComparison.Ordinal)} |";
        }
    }

    private static string Plain(string title) => title.Replace("<", "&lt;", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
}
