using LongAlign.Data.SelfInstruct;

namespace LongAlign.Data.Tests;

/// <summary>Folders: what is understood is read whatever the case of its ending, and what is passed over is named.</summary>
public sealed class FolderReadingTests : IDisposable
{
    private const string Row = "{\"text\":\"t\",\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\"}]}";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Chats_of_every_known_ending_are_read_and_all_else_is_named()
    {
        Write("a.jsonl", "b.json", "c.jsonl.bz2", "d.jsonl.xz", "e.JSONL", "f.txt", "h.jl", "i.ndjson", "dataset_info.json", ".hidden", "sub/README.md", "sub/k.Json");
        Directory.CreateDirectory(_folder.File(".cache"));
        DataReport? report = null;
        Assert.Equal(["a.jsonl", "b.json", "e.JSONL", "h.jl", "i.ndjson", "sub/k.Json"], ChatDataset.Load(_folder).Read(r => report = r).Select(chat => Name(chat.Source[..^":1".Length])));
        ReportedRows others = Assert.Single(report!.Ignored, rows => rows.Reason == "files of another kind");
        Assert.Equal([".cache/", ".hidden", "c.jsonl.bz2", "d.jsonl.xz", "dataset_info.json", "f.txt", "sub/README.md"], others.Examples.Select(Name));
        Assert.All(others.Examples, file => Assert.Contains(Name(file), report.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void A_mix_names_them_too()
    {
        Write("a.jsonl", "f.txt");
        using MixedChats mix = new DatasetMixer().Add(ChatDataset.Load(_folder)).Mix();
        Assert.Contains("f.txt", mix.Report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Documents_of_every_known_ending_are_read_and_all_else_is_named()
    {
        Write("a.txt", "B.TXT", "c.jsonl", "d.ndjson", "e.json", "f.MD", "g.pdf", "h.jsonl.bz2");
        List<string> others = [];
        Assert.Equal(["B.TXT", "a.txt", "c.jsonl:1", "d.ndjson:1", "e.json:1", "f.MD"], DocumentFiles.Read(_folder, onPassedOver: others.Add).Select(document => document.Id));
        Assert.Equal(["g.pdf", "h.jsonl.bz2"], others.Select(Name));
    }

    [Fact]
    public void A_file_compressed_in_another_way_is_refused_by_its_ending()
    {
        Write("c.jsonl.bz2");
        Assert.Contains("that end with .bz2 are not read; expected .gz, .zst", Assert.Throws<ChatDataException>(() => ChatDataset.Load(_folder.File("c.jsonl.bz2")).Count()).Message, StringComparison.Ordinal);
    }

    private string Name(string path) => Path.GetRelativePath(_folder, path).Replace('\\', '/') + (path.EndsWith(Path.DirectorySeparatorChar) ? "" : "");

    private void Write(params string[] names)
    {
        foreach (string name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
            _folder.Write(name, Row + "\n");
        }
    }
}
