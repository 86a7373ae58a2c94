using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LongAlign.Solution.Tests.Architecture;

/// <summary>Which namespaces of a library name types or members of which others, read from its source by the compiler.</summary>
internal static class SourceReferences
{
    private const string ImplicitUsings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
        + "global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    /// <summary>Every name in the library's code that stands for something declared in another of its namespaces.</summary>
    /// <param name="library">The name of a folder of <c>src</c>.</param>
    public static IReadOnlyList<SourceReference> Of(string library)
    {
        string folder = Path.Combine(Repository.Root, "src", library);
        SyntaxTree[] trees = [.. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Concat(LinkedFiles(folder, library)).Order(StringComparer.Ordinal).Select(Parse)];
        var compilation = CSharpCompilation.Create(
            library, [.. trees, CSharpSyntaxTree.ParseText(ImplicitUsings, Options)],
            Repository.References.Where(reference => Path.GetFileNameWithoutExtension(reference.Display) != library),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));

        return [.. trees.SelectMany(tree => ReferencesIn(tree, compilation.GetSemanticModel(tree)))];
    }

    /// <summary>Files of other folders that the project compiles, too.</summary>
    private static IEnumerable<string> LinkedFiles(string folder, string library) =>
        XDocument.Load(Path.Combine(folder, $"{library}.csproj")).Descendants("Compile")
            .SelectMany(element => element.Attribute("Include")!.Value.Split(';')).Select(path => Path.GetFullPath(Path.Combine(folder, path)));

    private static CSharpParseOptions Options { get; } = new(LanguageVersion.Latest);

    private static SyntaxTree Parse(string path) => CSharpSyntaxTree.ParseText(File.ReadAllText(path), Options, path);

    private static IEnumerable<SourceReference> ReferencesIn(SyntaxTree tree, SemanticModel model)
    {
        string from = NamespaceOf(tree);
        foreach (SimpleNameSyntax name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
        {
            ISymbol? symbol = model.GetSymbolInfo(name).Symbol;
            if (symbol is null or INamespaceSymbol)
            {
                continue;
            }

            foreach (string to in symbol.OriginalDefinition.DeclaringSyntaxReferences.Select(declared => NamespaceOf(declared.SyntaxTree)).Distinct())
            {
                if (to != from)
                {
                    yield return new SourceReference(from, to, $"{Repository.Relative(tree.FilePath)}:{name.GetLocation().GetLineSpan().StartLinePosition.Line + 1}", symbol.ToDisplayString());
                }
            }
        }
    }

    private static string NamespaceOf(SyntaxTree tree) => tree.GetRoot().DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>().First().Name.ToString();
}
