using System.Text;
using Parquet;

namespace LongAlign.Data.Tests;

/// <summary>Files of all kinds; and no row is lost without being counted.</summary>
public sealed class ChatReadingTests : IDisposable
{
    private static readonly ChatConversation[] Chats = [.. Enumerable.Range(0, 50).Select(i => Conversations.Of($"Frage {i} — 你好 👩‍🚀", $"Answer\n{i}", "more", ""))];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.jsonl")]
    [InlineData("a.jsonl.gz")]
    [InlineData("a.jsonl.zst")]
    [InlineData("a.parquet")]
    public void What_is_written_is_read_again_with_file_and_row(string name)
    {
        string path = _folder.File(name);
        ChatConversation[] chats = [.. Chats, new ChatConversation([], "empty"), Conversations.OfRoles(("system", "s"), ("user", "u"))];
        Assert.Equal(52, name.EndsWith("parquet", StringComparison.Ordinal) ? ChatParquet.Write(path, chats) : ChatJsonLines.Write(path, chats));
        ChatConversation[] read = [.. ChatDataset.Load(path)];
        Assert.Equal(chats.Select(chat => chat.Messages), read.Select(chat => chat.Messages));
        Assert.Equal(Enumerable.Range(1, 52).Select(row => $"{path}:{row}"), read.Select(chat => chat.Source));
        Assert.Equal([path], Directory.EnumerateFiles(_folder));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_Parquet_file_has_row_groups_that_fit_into_memory()
    {
        string path = _folder.File("large.parquet");
        string large = new('x', 1 << 24);
        ChatParquet.Write(path, [Conversations.Of(large, "a"), Conversations.Of(large, "b"), Conversations.Of("q", "c")]);
        await using (ParquetReader parquet = await ParquetReader.CreateAsync(path, cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.Equal(2, parquet.RowGroupCount);
        }

        Assert.Equal(
            [("a", $"{path}:1"), ("b", $"{path}:2"), ("c", $"{path}:3")],
            ChatDataset.Load(path).Select(chat => (chat.Messages[1].Content, chat.Source)));
    }

    [Fact]
    public void ShareGpt_is_read_in_JSON_Lines_and_in_text_of_Parquet()
    {
        string path = _folder.Write("a.jsonl", """{"id":"x","conversations":[{"from":"system","value":"s"},{"from":"human","value":"q"},{"from":"gpt","value":"a"}]}""");
        Assert.Equal([new("system", "s"), new("user", "q"), new("assistant", "a")], Assert.Single(ChatDataset.Load(path)).Messages);
    }

    [Fact]
    public void Folders_and_patterns_give_files_in_the_order_of_their_names()
    {
        Directory.CreateDirectory(_folder.File("sub"));
        foreach (string name in new[] { "b.jsonl", "a.jsonl", "B.jsonl", "sub/c.jsonl.gz", "sub/d.parquet" })
        {
            _ = name.EndsWith("parquet", StringComparison.Ordinal)
                ? ChatParquet.Write(_folder.File(name), [Conversations.Of(name, "a")])
                : ChatJsonLines.Write(_folder.File(name), [Conversations.Of(name, "a")]);
        }

        _folder.Write("readme.txt", "no chats");
        Assert.Equal(["B.jsonl", "a.jsonl", "b.jsonl", "sub/c.jsonl.gz", "sub/d.parquet"], Names(_folder));
        Assert.Equal(["B.jsonl", "a.jsonl", "b.jsonl"], Names(_folder.File("*.jsonl")));
        Assert.Equal(["B.jsonl", "a.jsonl", "b.jsonl", "sub/c.jsonl.gz"], Names(_folder.File("**/*.jsonl*")));
        Assert.Contains("There is no file of chats at", Assert.Throws<FileNotFoundException>(() => ChatDataset.Load(_folder.File("*.none"))).Message, StringComparison.Ordinal);

        static IEnumerable<string> Names(string path) => ChatDataset.Load(path).Select(chat => chat.Messages[0].Content);
    }

    [Fact]
    public void Bad_rows_are_skipped_and_counted_by_reason_where_that_is_chosen()
    {
        string good = """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""";
        byte[] bytes = [.. Encoding.UTF8.GetBytes($$$"""
            {{{good}}}
            not json
            {}
            {"messages":[{"role":"user"}]}
            {"messages":[{"content":"x"}]}
            {"messages":[{"role":"critic","content":"x"}]}
            {"messages":[{"role":"tool","content":null}]}
            {"messages":[{"role":"assistant","content":"","tool_calls":[{}]}]}
            {"messages":[{"role":"user","content":""}]}
            {{{good}}}
            """.ReplaceLineEndings("\n")), (byte)'\n', 0xFF, (byte)'\n', .. Encoding.UTF8.GetBytes(good)];
        string path = _folder.Write("bad.jsonl", bytes);
        DataReport? report = null;
        ChatReadingOptions options = new() { BadRows = BadRowPolicy.Skip, RefuseEmptyContent = true };
        Assert.Equal(3, ChatDataset.Load([path], options).Read(r => report = r).Count());
        Assert.Equal((12, 3, 9), (report!.RowsIn, report.RowsOut, report.SkippedCount));
        Assert.Equal(
            ["empty content 1", "no content 2", "no messages 1", "no role 1", "no tool call 1", "not JSON 1", "not UTF-8 1", "unknown role 1"],
            report.Skipped.Select(rows => $"{rows.Reason} {rows.Count}").Order(StringComparer.Ordinal));
        Assert.Contains($"skipped 1: not UTF-8 ({path}:11: the line is not UTF-8", report.ToString(), StringComparison.Ordinal);
        Assert.StartsWith($"{path}:2: the row is not JSON", Assert.Throws<ChatDataException>(() => ChatDataset.Load(path).Count()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.jsonl.gz")]
    [InlineData("a.jsonl.zst")]
    public void A_compressed_file_that_was_cut_off_is_an_error_and_never_an_end(string name)
    {
        string path = _folder.File(name);
        ChatJsonLines.Write(path, Enumerable.Range(0, 3_000).Select(i => Conversations.Of(Convert.ToHexString(BitConverter.GetBytes(i * 7_919)), "a")));
        byte[] whole = File.ReadAllBytes(path);
        foreach (int length in new[] { 0, 3, whole.Length / 2, whole.Length - 9, whole.Length - 1 })
        {
            File.WriteAllBytes(path, whole[..length]);
            DataReport? report = null;
            int read = ChatDataset.Load([path], new ChatReadingOptions { BadRows = BadRowPolicy.Skip }).Read(r => report = r).Count();
            Assert.Equal(read, report!.RowsOut);
            Assert.StartsWith($"{path}:{read + 1}: ", Assert.Single(Assert.Single(report.Skipped, rows => rows.Reason == "damaged file").Examples), StringComparison.Ordinal);
            Assert.Throws<ChatDataException>(() => ChatDataset.Load(path).Count());
        }
    }

    [Fact]
    public void What_a_damaged_Parquet_file_says_is_checked_before_it_is_believed()
    {
        string path = _folder.File("a.parquet");
        ChatParquet.Write(path, Chats);
        byte[] whole = File.ReadAllBytes(path);
        int footer = whole.Length - 8 - BitConverter.ToInt32(whole, whole.Length - 8);
        List<string> faults = [];
        foreach (int at in Enumerable.Range(4, 24).Concat(Enumerable.Range(footer, 24)))
        {
            byte[] bytes = [.. whole];
            bytes[at] += 2;
            File.WriteAllBytes(path, bytes);
            DataReport? report = null;
            _ = ChatDataset.Load([path], new ChatReadingOptions { BadRows = BadRowPolicy.Skip }).Read(r => report = r).Count();
            faults.AddRange(report!.Skipped.SelectMany(rows => rows.Examples));
        }

        Assert.Contains(faults, fault => fault.Contains("can't be read: A page of column messages", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("readable Parquet file: Its schema", StringComparison.Ordinal));
    }

    [Fact]
    public void A_Parquet_file_without_messages_is_refused_with_its_columns()
    {
        string path = _folder.Write("x.parquet", "PAR1 no Parquet PAR1");
        Assert.Contains("is not a readable Parquet file", Assert.Throws<ChatDataException>(() => ChatDataset.Load(path).Count()).Message, StringComparison.Ordinal);
    }
}
