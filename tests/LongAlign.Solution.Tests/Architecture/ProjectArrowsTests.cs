using System.Xml.Linq;

namespace LongAlign.Solution.Tests.Architecture;

public sealed class ProjectArrowsTests
{
    // What a library may build on, directly. A new library needs a line here.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["LongAlign.Core"] = [],
        ["LongAlign.Models"] = ["LongAlign.Core"],
        ["LongAlign.Data"] = ["LongAlign.Core"],
        ["LongAlign.Distributed.Mpi"] = ["LongAlign.Core"],
        ["LongAlign.Evaluation"] = ["LongAlign.Data", "LongAlign.Models"],
        ["LongAlign.Cli"] = ["LongAlign.Data", "LongAlign.Evaluation", "LongAlign.Models"],
    };

    public static TheoryData<string> Libraries => [.. Projects.Select(path => Path.GetFileNameWithoutExtension(path)!)];

    private static string[] Projects => Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories);

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_library_references_only_those_below_it(string library)
    {
        Assert.True(Allowed.ContainsKey(library), $"{library} has no line in the table of allowed references.");
        Assert.Empty(Includes(library, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)).Except(Allowed[library]));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_library_leaves_the_native_backend_to_the_application(string library) =>
        Assert.DoesNotContain(Includes(library, "PackageReference"), package => package.StartsWith("TorchSharp-", StringComparison.OrdinalIgnoreCase)
            || package.StartsWith("libtorch", StringComparison.OrdinalIgnoreCase));

    [Fact]
    public void Every_row_of_the_table_is_a_library() => Assert.Empty(Allowed.Keys.Except(Projects.Select(Path.GetFileNameWithoutExtension)));

    private static IEnumerable<string> Includes(string library, string item) =>
        XDocument.Load(Projects.Single(path => Path.GetFileNameWithoutExtension(path) == library))
            .Descendants(item)
            .SelectMany(element => element.Attribute("Include")!.Value.Replace('\\', '/').Split(';'));
}
