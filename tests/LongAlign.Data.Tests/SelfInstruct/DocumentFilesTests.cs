using System.Text;
using LongAlign.Data.SelfInstruct;
using Parquet;
using Parquet.Schema;

namespace LongAlign.Data.Tests.SelfInstruct;

public class DocumentFilesTests
{
    [Fact]
    public async Task A_folder_gives_the_documents_of_all_its_files_in_the_order_of_their_names()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("a"));
        folder.Write("a/z.txt", "\ufeffplain 文");
        folder.Write("b.jsonl", "{\"text\":\"first\"}\n\n{\"id\":\"own\",\"text\":\"second\"}\r\n{\"id\":7,\"text\":\"third\"}");
        folder.Write("c.png", "no document");
        await WriteParquet(folder.File("d.parquet"), ["fourth", "第五"], ["x", null]);
        folder.Write("e.md", "# sixth");
        folder.Write("B.txt", "capitals come first");
        Assert.Equal(
            [("B.txt", "capitals come first"), ("a/z.txt", "plain 文"), ("b.jsonl:1", "first"), ("own", "second"), ("7", "third"), ("x", "fourth"), ("d.parquet:1", "第五"), ("e.md", "# sixth")],
            DocumentFiles.Read(folder).Select(document => (document.Id, document.Text)));
    }

    [Theory]
    [InlineData("{\"text\":1}", "there is no text 'text'")]
    [InlineData("{\"content\":\"a\"}", "there is no text 'text'")]
    [InlineData("[1]", "there is no text 'text'")]
    [InlineData("{\"text\":", "the row is not JSON")]
    [InlineData("{\"text\":\"\\ud800\"}", "is not valid Unicode")]
    [InlineData("{\"text\":\"\u00ff\"}", "not UTF-8")]
    public void A_damaged_line_is_named_or_left_out(string line, string fault)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("a.jsonl", Encoding.Latin1.GetBytes($"{{\"text\":\"good\"}}\n{line}\n{{\"text\":\"also\"}}\n"));
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => DocumentFiles.Read(path).ToList());
        Assert.StartsWith($"{path}:2: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(fault, e.Message, StringComparison.Ordinal);
        List<string> faults = [];
        Assert.Equal(["good", "also"], DocumentFiles.Read(path, onDamaged: damage => faults.Add(damage.Message)).Select(document => document.Text));
        Assert.Equal([e.Message], faults);
    }

    [Fact]
    public async Task A_Parquet_file_without_the_column_says_what_it_has()
    {
        using TemporaryFolder folder = new();
        await WriteParquet(folder.File("a.parquet"), ["a"], ["b"]);
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => DocumentFiles.Read(folder.File("a.parquet"), "body").ToList());
        Assert.Contains("no text column 'body'; there are text, id", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_were_cut_are_errors_that_name_the_file()
    {
        using TemporaryFolder folder = new();
        await WriteParquet(folder.File("a.parquet"), [.. Enumerable.Range(0, 50).Select(i => $"text {i}")], [.. Enumerable.Range(0, 50).Select(i => $"id {i}")]);
        byte[] bytes = File.ReadAllBytes(folder.File("a.parquet"));
        for (int length = 0; length < bytes.Length; length += 5)
        {
            string path = folder.Write("cut.parquet", bytes.AsSpan(0, length));
            Assert.StartsWith(path, Assert.Throws<InvalidDataException>(() => DocumentFiles.Read(path).ToList()).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_damaged_Parquet_file_is_read_or_refused_and_never_keeps_a_reader_busy()
    {
        using TemporaryFolder folder = new();
        await WriteParquet(folder.File("a.parquet"), ["one", "two", "three"], ["x", null, "z"]);
        int lost = ParquetFile.LostThreads;
        (TimeSpan limit, ParquetFile.Patience) = (ParquetFile.Patience, TimeSpan.FromSeconds(5));
        try
        {
            foreach ((byte[] bytes, _, _) in Mutations.Of(File.ReadAllBytes(folder.File("a.parquet"))))
            {
                string path = folder.Write("m.parquet", bytes);
                Exception? e = Record.Exception(() => DocumentFiles.Read(path, "text", _ => { }).ToList());
                Assert.True(e is null or InvalidDataException, $"{e}");
            }
        }
        finally
        {
            ParquetFile.Patience = limit;
        }

        Assert.InRange(ParquetFile.LostThreads - lost, 0, Mutations.Count / 1_000);
    }

    [Fact]
    public async Task What_a_damaged_Parquet_file_says_is_checked_before_it_is_believed()
    {
        using TemporaryFolder folder = new();
        await WriteParquet(folder.File("a.parquet"), ["one", "two", "three"], ["x", null, "z"]);
        byte[] whole = File.ReadAllBytes(folder.File("a.parquet"));
        int footer = whole.Length - 8 - BitConverter.ToInt32(whole, whole.Length - 8);
        List<string> faults = [];
        foreach (int at in Enumerable.Range(4, 24).Concat(Enumerable.Range(footer, 24)))
        {
            byte[] bytes = [.. whole];
            bytes[at] += 2;
            string path = folder.Write("m.parquet", bytes);
            faults.Add(Record.Exception(() => DocumentFiles.Read(path).Count())?.Message ?? "");
        }

        Assert.Contains(faults, fault => fault.Contains("rows from here, can't be read: A page of column text", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("readable Parquet file: Its schema", StringComparison.Ordinal));
    }

    [Fact]
    public void Damaged_lines_are_left_out_and_the_others_come_out()
    {
        using TemporaryFolder folder = new();
        byte[] whole = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 8).Select(i => $"{{\"text\":\"文 {i}\"}}\n")));
        foreach ((byte[] bytes, _, _) in Mutations.Of(whole))
        {
            string path = folder.Write("m.jsonl", bytes);
            string[] texts = [.. DocumentFiles.Read(path, "text", _ => { }).Select(document => document.Text)];
            Assert.InRange(Enumerable.Range(0, 8).Count(i => texts.Contains($"文 {i}")), 6, 8);
        }
    }

    [Fact]
    public void What_is_not_there_or_of_another_kind_is_an_error()
    {
        using TemporaryFolder folder = new();
        Assert.Throws<FileNotFoundException>(() => DocumentFiles.Read(folder.File("none")));
        Assert.Throws<InvalidDataException>(() => DocumentFiles.Read(folder.Write("a.pdf", "x")).ToList());
    }

    internal static async Task WriteParquet(string path, string[] texts, string?[] ids)
    {
        DataField<string> text = new("text");
        DataField<string> id = new("id");
        using FileStream file = File.Create(path);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(text, id), file);
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        await group.WriteAsync(text, texts);
        await group.WriteAsync(id, ids!);
    }
}
