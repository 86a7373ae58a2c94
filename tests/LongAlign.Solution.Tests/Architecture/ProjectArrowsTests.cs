using System.Xml.Linq;

namespace LongAlign.Solution.Tests.Architecture;

public sealed class ProjectArrowsTests
{
    // What a library may build on, directly. A new library needs a line here.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["LongAlign.Core"] = [],
        ["LongAlign.Models"] = ["LongAlign.Core"],
        ["LongAlign.Requests"] = [],
        ["LongAlign.Data"] = ["LongAlign.Core", "LongAlign.Requests"],
        ["LongAlign.Distributed.Mpi"] = ["LongAlign.Core"],
        ["LongAlign.Chat"] = ["LongAlign.Data", "LongAlign.Models"],
        ["LongAlign.Evaluation"] = ["LongAlign.Data", "LongAlign.Models"],
        ["LongAlign.Evaluation.Reports"] = ["LongAlign.Evaluation"],
        ["LongAlign.Cli"] = ["LongAlign.Chat", "LongAlign.Data", "LongAlign.Distributed.Mpi", "LongAlign.Evaluation.Reports", "LongAlign.Models"],
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

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_library_keeps_its_internals_from_the_others(string library) =>
        Assert.DoesNotContain(Includes(library, "InternalsVisibleTo"), Allowed.Keys.Contains);

    [Fact]
    public void Requests_need_no_tensors_and_evaluation_no_pictures()
    {
        Assert.Equal(["Microsoft.Extensions.AI.Abstractions"], Includes("LongAlign.Requests", "PackageReference"));
        Assert.DoesNotContain("SkiaSharp", Includes("LongAlign.Evaluation", "PackageReference"));
    }

    [Fact]
    public void Every_row_of_the_table_is_a_library() => Assert.Empty(Allowed.Keys.Except(Projects.Select(Path.GetFileNameWithoutExtension)));

    private static IEnumerable<string> Includes(string library, string item) =>
        XDocument.Load(Projects.Single(path => Path.GetFileNameWithoutExtension(path) == library))
            .Descendants(item)
            .SelectMany(element => element.Attribute("Include")!.Value.Replace('\\', '/').Split(';'));
}
