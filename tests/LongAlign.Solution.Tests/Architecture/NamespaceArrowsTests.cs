namespace LongAlign.Solution.Tests.Architecture;

public sealed class NamespaceArrowsTests
{
    // Later ones refer to earlier ones. Attention and Losses stand side by side: neither knows the other.
    private static readonly string[][] CoreLayers =
    [
        ["Native"], ["Safetensors"], ["Sequences"], ["Packing"], ["Batching"], ["Collation"], ["Attention", "Losses"], ["Distributed"], ["Training"],
    ];

    // Files in groups for readers; what users see of them they find in Training's one namespace.
    private static readonly string[] Groups = ["Callbacks", "Evaluation", "Optimization", "Planning", "Progress", "Recomputation", "SequenceParallelism", "Updates"];

    [Fact]
    public void Namespaces_of_Core_refer_to_earlier_ones_alone()
    {
        IReadOnlyList<SourceReference> references = SourceReferences.Of("LongAlign.Core");
        Assert.Contains(references, reference => reference is { From: "LongAlign.Training", To: "LongAlign.Native" }); // something is seen at all
        Assert.Empty(references
            .Where(reference => PartOf(reference.From) != PartOf(reference.To) && LayerOf(reference.From) <= LayerOf(reference.To))
            .Select(reference => $"{reference.Place}: {reference.From} uses {reference.Symbol} of {reference.To}"));
    }

    [Fact]
    public void Folders_of_Core_are_the_layers() =>
        Assert.Equal(
            CoreLayers.SelectMany(layer => layer).Order(),
            Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src", "LongAlign.Core")).Select(path => Path.GetFileName(path)).Order());

    [Fact]
    public void Namespaces_of_Core_are_its_folders()
    {
        string root = Path.Combine(Repository.Root, "src", "LongAlign.Core");
        Assert.Empty(
            from file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            let folders = Path.GetRelativePath(root, Path.GetDirectoryName(file)!).Split('/', '\\')
            let expected = string.Join('.', folders is ["Training", var part] && Groups.Contains(part) ? ["LongAlign", "Training"] : ["LongAlign", .. folders])
            where !File.ReadLines(file).Contains($"namespace {expected};")
            select $"{Repository.Relative(file)} is not in {expected}");
    }

    // Models is not here: CausalLanguageModel and the adapters laid into it know each other.
    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData("LongAlign.Data")]
    [InlineData("LongAlign.Evaluation")]
    public void Namespaces_of_a_library_do_not_refer_to_each_other_in_a_circle(string library)
    {
        // Arrows that come from where none leads to are taken away, until none is left or a circle.
        List<SourceReference> left = [.. SourceReferences.Of(library)];
        while (left.RemoveAll(reference => left.All(other => other.To != reference.From)) > 0)
        {
        }

        Assert.Empty(left.Select(reference => $"{reference.Place}: {reference.From} uses {reference.Symbol} of {reference.To}"));
    }

    private static int LayerOf(string name) => Array.FindIndex(CoreLayers, layer => layer.Contains(PartOf(name)));

    private static string PartOf(string name) => name.Split('.')[1];
}
