using System.Globalization;

namespace LongAlign.Solution.Tests.Documents;

/// <summary>What the documents show can be typed: it compiles, and unless its fence says otherwise, runs.</summary>
[Trait("Speed", "Slow")]
public sealed class CodeBlockTests(SnippetFiles files) : IClassFixture<SnippetFiles>
{
    private static readonly Dictionary<string, CodeBlock> Blocks = CodeBlock.All().ToDictionary(block => $"{block.Document}:{block.Line}");

    public static TheoryData<string> Places => [.. Blocks.Keys];

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Code_of_a_document_compiles_and_runs(string place)
    {
        CodeBlock block = Blocks[place];
        Type compiled = Snippet.Compile(block);
        if (!block.Runs)
        {
            return;
        }

        string printed = await RunAsync(compiled);
        if (block.Output is not null)
        {
            Assert.Equal(block.Output, printed.Trim());
        }
    }

    [Fact]
    public void Every_library_shows_code_and_what_it_prints() =>
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src"))
            .Where(folder => Path.GetFileName(folder) is not ("LongAlign.Cli" or "Shared"))
            .Select(folder => $"{Repository.Relative(folder)}/README.md")
            .Except(Blocks.Values.Where(block => block.Output is not null).Select(block => block.Document)));

    private async Task<string> RunAsync(Type compiled)
    {
        TextWriter console = Console.Out;
        string folder = Environment.CurrentDirectory;
        CultureInfo culture = CultureInfo.CurrentCulture;
        using StringWriter output = new();
        try
        {
            Console.SetOut(output);
            Environment.CurrentDirectory = files.CreateFolder();
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            using SnippetNames snippet = (SnippetNames)Activator.CreateInstance(compiled)!;
            await snippet.RunAsync();
        }
        finally
        {
            Console.SetOut(console);
            Environment.CurrentDirectory = folder;
            CultureInfo.CurrentCulture = culture;
        }

        return output.ToString();
    }
}
