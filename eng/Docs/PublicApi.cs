using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Docs;

/// <summary>The public types of the libraries, with their XML comments.</summary>
internal sealed class PublicApi
{
    private readonly Dictionary<string, ISymbol> _byId = [];

    private readonly Dictionary<string, XElement> _comments;

    private PublicApi(IEnumerable<INamedTypeSymbol> types, IEnumerable<XElement> comments)
    {
        _comments = comments.DistinctBy(comment => comment.Attribute("name")!.Value).ToDictionary(comment => comment.Attribute("name")!.Value); // generated code is in each library
        Types = [.. types.OrderBy(Address, StringComparer.Ordinal)];
        Namespaces = [.. Types.GroupBy(type => type.ContainingNamespace.ToDisplayString()).OrderBy(group => group.Key, StringComparer.Ordinal)];
        foreach (INamedTypeSymbol type in Types)
        {
            _byId[type.GetDocumentationCommentId()!] = type;
            foreach (ISymbol member in MembersOf(type))
            {
                _byId[member.GetDocumentationCommentId()!] = member;
                MemberCount++;
            }
        }
    }

    public IReadOnlyList<INamedTypeSymbol> Types { get; }

    public IReadOnlyList<IGrouping<string, INamedTypeSymbol>> Namespaces { get; }

    public int MemberCount { get; }

    /// <summary>Members without a comment, and references to nothing.</summary>
    public HashSet<string> Faults { get; } = [];

    /// <summary>Reads the libraries that lie beside this program.</summary>
    public static PublicApi Load()
    {
        string[] own = Directory.GetFiles(AppContext.BaseDirectory, "LongAlign.*.dll");
        string[] framework = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        MetadataReference[] libraries = [.. own.Select(path => MetadataReference.CreateFromFile(path))];
        CSharpCompilation compilation = CSharpCompilation.Create("docs", references: [.. libraries, .. framework.Except(own).Select(path => MetadataReference.CreateFromFile(path))]);
        return new PublicApi(
            libraries.SelectMany(library => AllTypes(((IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(library)!).GlobalNamespace)),
            own.SelectMany(path => XDocument.Load(Path.ChangeExtension(path, ".xml"), LoadOptions.PreserveWhitespace).Descendants("member")));
    }

    /// <summary>The members that users can call or override, in the order of a page.</summary>
    public static IReadOnlyList<ISymbol> MembersOf(INamedTypeSymbol type) =>
    [
        .. type.GetMembers().Where(IsVisible)
            .Where(member => member is IFieldSymbol or IPropertySymbol or IEventSymbol or IMethodSymbol { MethodKind: MethodKind.Ordinary or MethodKind.Constructor or MethodKind.UserDefinedOperator or MethodKind.Conversion })
            .Where(member => member.Name != "value__" && !IsMadeByTheCompiler(member)),
    ];

    /// <summary>The page of a type, without an ending.</summary>
    public static string Address(INamedTypeSymbol type)
    {
        string name = type.Arity == 0 ? type.Name : $"{type.Name}-{type.Arity}";
        return type.ContainingType is { } outer ? $"{Address(outer)}-{name}" : $"{type.ContainingNamespace.ToDisplayString().Replace('.', '/')}/{name}";
    }

    /// <summary>The place of a member on the page of its type.</summary>
    public static string Anchor(ISymbol member)
    {
        string name = member is IMethodSymbol { MethodKind: MethodKind.Constructor } ? "new" : member.Name.TrimStart('.').ToLowerInvariant().Replace("[]", "", StringComparison.Ordinal);
        int overload = MembersOf(member.ContainingType).Where(other => other.Name == member.Name).ToList().FindIndex(other => SymbolEqualityComparer.Default.Equals(other, member));
        return overload == 0 ? name : $"{name}-{overload + 1}";
    }

    /// <summary>A symbol by the id that XML comments have for it; null where it is none of ours.</summary>
    public ISymbol? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>The XML comment of a symbol; an empty one where there is none.</summary>
    public XElement CommentOf(ISymbol symbol) => _comments.GetValueOrDefault(symbol.GetDocumentationCommentId()!) ?? new XElement("member");

    private static IEnumerable<INamedTypeSymbol> AllTypes(INamespaceOrTypeSymbol container) => container.GetMembers().SelectMany(member => member switch
    {
        INamespaceSymbol inner => AllTypes(inner),
        INamedTypeSymbol type when IsVisible(type) => AllTypes(type).Prepend(type),
        _ => [],
    });

    private static bool IsVisible(ISymbol symbol) => symbol.DeclaredAccessibility switch
    {
        Accessibility.Public => true,
        Accessibility.Protected or Accessibility.ProtectedOrInternal => symbol.ContainingType is { IsSealed: false },
        _ => false,
    };

    // Of a record: equality, copying, printing. Of a value: the constructor of zeros.
    private static bool IsMadeByTheCompiler(ISymbol member) => member.Name.Contains('<', StringComparison.Ordinal)
        || member is IMethodSymbol { MethodKind: MethodKind.Constructor, Parameters.Length: 0, ContainingType.IsValueType: true }
        || (member is IMethodSymbol && member.GetAttributes().Any(attribute => attribute.AttributeClass?.Name == "CompilerGeneratedAttribute"));
}
