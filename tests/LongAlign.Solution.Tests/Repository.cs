using Microsoft.CodeAnalysis;

namespace LongAlign.Solution.Tests;

/// <summary>The files that the tests look at, and what C# needs to read them.</summary>
internal static class Repository
{
    /// <summary>The folder with the solution, above the one that the tests run in.</summary>
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    /// <summary>.NET and everything that this test project references, the libraries among them.</summary>
    public static IReadOnlyList<MetadataReference> References { get; } =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>A path from the root, with slashes.</summary>
    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static string FindRoot(string folder)
    {
        while (!File.Exists(Path.Combine(folder, "LongAlign.Core.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} has LongAlign.Core.sln.");
        }

        return folder;
    }
}
