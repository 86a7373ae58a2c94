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
        Assert.Equal(
            [("a/z.txt", "plain 文"), ("b.jsonl:1", "first"), ("own", "second"), ("7", "third"), ("x", "fourth"), ("d.parquet:1", "第五"), ("e.md", "# sixth")],
            DocumentFiles.Read(folder).Select(document => (document.Id, document.Text)));
    }

    [Theory]
    [InlineData("{\"text\":1}", "there is no text 'text'")]
    [InlineData("{\"content\":\"a\"}", "there is no text 'text'")]
    [InlineData("[1]", "there is no text 'text'")]
    [InlineData("{\"text\":", "no JSON object")]
    [InlineData("{\"text\":\"\\ud800\"}", "no JSON object")]
    [InlineData("{\"text\":\"\u00ff\"}", "no UTF-8")]
    public void A_damaged_line_is_named_or_left_out(string line, string fault)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("a.jsonl", Encoding.Latin1.GetBytes($"{{\"text\":\"good\"}}\n{line}\n{{\"text\":\"also\"}}\n"));
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => DocumentFiles.Read(path).ToList());
        Assert.StartsWith($"{path}, line 2: ", e.Message, StringComparison.Ordinal);
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
    public async Task Damaged_files_are_errors_that_name_the_file()
    {
        using TemporaryFolder folder = new();
        await WriteParquet(folder.File("a.parquet"), [.. Enumerable.Range(0, 50).Select(i => $"text {i}")], [.. Enumerable.Range(0, 50).Select(i => $"id {i}")]);
        byte[] bytes = File.ReadAllBytes(folder.File("a.parquet"));
        Random random = new(1);
        for (int i = 0; i < 500; i++)
        {
            byte[] damaged = i % 5 == 0 ? bytes[..random.Next(bytes.Length)] : [.. bytes];
            for (int flips = random.Next(1, 4); flips > 0 && damaged.Length > 0; flips--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            string path = folder.Write("damaged.parquet", damaged);
            try
            {
                _ = DocumentFiles.Read(path).Count();
            }
            catch (InvalidDataException e)
            {
                Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
            }
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
