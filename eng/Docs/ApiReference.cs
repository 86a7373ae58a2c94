using System.Text.Json;
using Microsoft.CodeAnalysis;

namespace Docs;

/// <summary>Writes the API reference: a page a type, a page a namespace, a page of all, and the menu.</summary>
internal static class ApiReference
{
    public static void Write(PublicApi api, string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllLines(Path.Combine(folder, "index.md"), Overview(api));
        foreach (IGrouping<string, INamedTypeSymbol> types in api.Namespaces)
        {
            WritePage(folder, $"{types.Key.Replace('.', '/')}/index", Namespace(api, types));
            foreach (INamedTypeSymbol type in types)
            {
                WritePage(folder, PublicApi.Address(type), TypePage.Lines(api, type));
            }
        }

        File.WriteAllText(Path.Combine(folder, "menu.json"), JsonSerializer.Serialize(api.Namespaces.Select(types => new
        {
            text = types.Key[(types.Key.IndexOf('.', StringComparison.Ordinal) + 1)..], // the menu is narrow
            link = $"/api/{types.Key.Replace('.', '/')}/",
            collapsed = true,
            items = types.Select(type => new { text = Declaration.Title(type), link = $"/api/{PublicApi.Address(type)}" }),
        })));
    }

    private static void WritePage(string folder, string address, IEnumerable<string> lines)
    {
        string path = Path.Combine(folder, address + ".md");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllLines(path, lines);
    }

    private static IEnumerable<string> Overview(PublicApi api)
    {
        yield return "# API reference";
        yield return "";
        yield return "Made from the libraries and the comments in their code. A type says in which package it is.";
        yield return "";
        yield return "| namespace | packages | types |";
        yield return "| --- | --- | ---: |";
        foreach (IGrouping<string, INamedTypeSymbol> types in api.Namespaces)
        {
            string packages = string.Join(", ", types.Select(type => type.ContainingAssembly.Name).Distinct());
            yield return $"| [{types.Key}](/api/{types.Key.Replace('.', '/')}/index.md) | {packages} | {types.Count()} |";
        }
    }

    private static IEnumerable<string> Namespace(PublicApi api, IGrouping<string, INamedTypeSymbol> types)
    {
        yield return $"# {types.Key}";
        yield return "";
        yield return "| type | |";
        yield return "| --- | --- |";
        foreach (INamedTypeSymbol type in types)
        {
            yield return $"| [`{Declaration.Title(type)}`](/api/{PublicApi.Address(type)}.md) | {Comment.Of(api, type).Summary.Split("\n\n")[0]} |";
        }
    }
}
