using System.Text;
using System.Text.Json;
using Parquet;
using Parquet.Schema;

namespace LongAlign.Data.Tests;

/// <summary>
/// Files with one byte changed, added or removed: none crashes or hangs a reader, every row is counted, and rows that lie elsewhere come out.
/// </summary>
[Trait("Speed", "Slow")]
public sealed class MutatedFilesTests : IDisposable
{
    private static readonly ChatConversation[] Chats = [.. Enumerable.Range(0, 8).Select(i => Conversations.Of($"Frage {i} — 你好 👩‍🚀", $"Answer\n{i}", "more", ""))];

    private static readonly ChatReadingOptions Skip = new() { BadRows = BadRowPolicy.Skip };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_JSON_Lines_only_the_lines_touched_are_lost(bool isShareGpt)
    {
        // One change touches one line, or two where it adds or removes a line feed.
        Mutate("m.jsonl", Encoding.UTF8.GetBytes(string.Concat(Chats.Select(chat => Json(chat, isShareGpt) + "\n"))), (_, _, rows) => Assert.InRange(Untouched(rows), 6, 8));
    }

    [Theory]
    [InlineData("m.jsonl.gz")]
    [InlineData("m.jsonl.zst")]
    public void Of_compressed_files_all_rows_before_the_damage_come_out(string name)
    {
        string path = _folder.File(name);
        List<byte> bytes = [];
        List<int> ends = [];
        foreach (ChatConversation chat in Chats)
        {
            // Each row is a member, or frame, of its own, so that it can be told where it lies.
            ChatJsonLines.Write(path, [chat]);
            bytes.AddRange(File.ReadAllBytes(path));
            ends.Add(bytes.Count);
        }

        Mutate(name, [.. bytes], (at, _, rows) =>
        {
            int before = ends.Count(end => end <= at);
            Assert.Equal(Chats.Take(before).SelectMany(chat => chat.Messages), rows.Take(before).SelectMany(chat => chat.Messages));
        });
    }

    [Theory]
    [InlineData("messages")]
    [InlineData("conversations")]
    [InlineData("json")]
    public async Task Of_Parquet_only_the_row_group_touched_is_lost(string kind)
    {
        string path = _folder.File("m.parquet");
        await Write(path, kind);
        byte[] whole = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        int footer = whole.Length - 8 - BitConverter.ToInt32(whole, whole.Length - 8);
        int lost = ParquetFile.LostThreads;
        (TimeSpan patience, ParquetFile.Patience) = (ParquetFile.Patience, TimeSpan.FromSeconds(5));
        try
        {
            Mutate("m.parquet", whole, (at, isMoved, rows) =>
            {
                if (!isMoved && at >= 4 && at < footer)
                {
                    Assert.InRange(Untouched(rows), 7, 8);
                }
            });
        }
        finally
        {
            ParquetFile.Patience = patience;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{ParquetFile.LostThreads - lost} threads lost");
        Assert.InRange(ParquetFile.LostThreads - lost, 0, Mutations.Count / 1_000);
    }

    [Theory]
    [InlineData("messages")]
    [InlineData("conversations")]
    [InlineData("json")]
    public async Task Parquet_of_every_kind_is_read(string kind)
    {
        string path = _folder.File("m.parquet");
        await Write(path, kind);
        ChatConversation[] read = [.. ChatDataset.Load(path)];
        Assert.Equal(Chats.Select(chat => chat.Messages), read.Select(chat => chat.Messages));
        Assert.Equal(Enumerable.Range(1, Chats.Length).Select(row => $"{path}:{row}"), read.Select(chat => chat.Source));
    }

    [Theory]
    [InlineData(36)]
    [InlineData(38)]
    public void A_row_group_that_says_to_have_other_rows_than_it_has_is_damage(byte said)
    {
        string path = _folder.File("n.parquet");
        ChatParquet.Write(path, Enumerable.Repeat(Chats[0], 37));
        byte[] whole = File.ReadAllBytes(path);
        List<long> skipped = [];
        for (int at = whole.Length - 8 - BitConverter.ToInt32(whole, whole.Length - 8); at < whole.Length - 8; at++)
        {
            // Thrift writes a number as twice its value. The file and the group say how many rows there are.
            if (whole[at] == 2 * 37)
            {
                byte[] bytes = [.. whole];
                bytes[at] = (byte)(2 * said);
                _folder.Write("n.parquet", bytes);
                DataReport? report = null;
                Assert.Contains(ChatDataset.Load([path], Skip).Read(r => report = r).Count(), (int[])[0, 37]);
                skipped.Add(report!.SkippedCount);
            }
        }

        Assert.Contains(said, skipped);
    }

    [Theory]
    [InlineData("")]
    [InlineData("**/*.jsonl")]
    public void Of_a_folder_or_pattern_a_damaged_file_takes_nothing_from_the_others(string pattern)
    {
        Directory.CreateDirectory(_folder.File("sub"));
        ChatJsonLines.Write(_folder.File("a.jsonl"), Chats[..2]);
        ChatJsonLines.Write(_folder.File("sub/z.jsonl"), Chats[2..4]);
        byte[] whole = Encoding.UTF8.GetBytes(string.Concat(Chats[4..].Select(chat => Json(chat, isShareGpt: false) + "\n")));
        Mutate("m.jsonl", whole, (_, _, rows) =>
        {
            Assert.Equal(Chats[..2].SelectMany(chat => chat.Messages), rows[..2].SelectMany(chat => chat.Messages));
            Assert.Equal(Chats[2..4].SelectMany(chat => chat.Messages), rows[^2..].SelectMany(chat => chat.Messages));
            Assert.InRange(Untouched(rows), 6, 8);
        }, _folder.File(pattern));
    }

    [Fact]
    public void A_mutated_pattern_gives_files_or_says_that_there_are_none()
    {
        Directory.CreateDirectory(_folder.File("sub"));
        ChatJsonLines.Write(_folder.File("a.jsonl"), Chats[..2]);
        ChatJsonLines.Write(_folder.File("sub/z.jsonl.gz"), Chats[2..4]);
        foreach ((byte[] bytes, _, _) in Mutations.Of(Encoding.ASCII.GetBytes("**/s*b/*.jsonl*")))
        {
            // Nothing outside the folder: that may be all of the disk.
            string pattern = Encoding.Latin1.GetString(bytes).Replace("..", ".", StringComparison.Ordinal);
            try
            {
                Assert.InRange(ChatDataset.Load($"{_folder.FullName}/{pattern}").Count(), 1, 4);
            }
            catch (Exception e) when (e is FileNotFoundException or ArgumentException)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }

    private static int Untouched(ChatConversation[] rows) => Chats.Count(chat => rows.Any(other => other.Messages.SequenceEqual(chat.Messages)));

    private static string Json(ChatConversation chat, bool isShareGpt) => isShareGpt
        ? JsonSerializer.Serialize(new { conversations = chat.Messages.Select(message => new { from = message.Role == "user" ? "human" : "gpt", value = message.Content }) })
        : JsonSerializer.Serialize(new { messages = chat.Messages.Select(message => new { role = message.Role, content = message.Content }) });

    /// <summary>Each row is a row group.</summary>
    private static async Task Write(string path, string kind)
    {
        bool isShareGpt = kind == "conversations";
        DataField roles = new DataField<string>(isShareGpt ? "from" : "role");
        DataField contents = new DataField<string>(isShareGpt ? "value" : "content");
        DataField json = new DataField<string>("messages");
        ParquetSchema schema = kind == "json" ? new(json) : new(new ListField(kind, new StructField("element", roles, contents)));
        using FileStream file = File.Create(path);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, file);
        foreach (IReadOnlyList<ChatMessage> messages in Chats.Select(chat => chat.Messages))
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            if (kind == "json")
            {
                string text = JsonSerializer.Serialize(messages.Select(message => new { role = message.Role, content = message.Content }));
                await group.WriteAllPartsAsync<ReadOnlyMemory<char>>(json, new[] { text.AsMemory() }, new[] { json.MaxDefinitionLevel }, null, CancellationToken.None);
                continue;
            }

            int[] repetition = [.. messages.Select((_, i) => i == 0 ? 0 : 1)];
            int[] definition = [.. messages.Select(_ => roles.MaxDefinitionLevel)];
            string[] names = [.. messages.Select(message => !isShareGpt ? message.Role : message.Role == "user" ? "human" : "gpt")];
            await group.WriteAllPartsAsync<ReadOnlyMemory<char>>(roles, names.Select(name => name.AsMemory()).ToArray(), definition, repetition, CancellationToken.None);
            await group.WriteAllPartsAsync<ReadOnlyMemory<char>>(contents, messages.Select(message => message.Content.AsMemory()).ToArray(), definition, repetition, CancellationToken.None);
        }
    }

    /// <param name="name">The file's name.</param>
    /// <param name="whole">Its bytes.</param>
    /// <param name="check">Is given where the change is, whether what lies behind it has moved, and the rows that came out.</param>
    /// <param name="read">What is read; the file, if not given.</param>
    private void Mutate(string name, byte[] whole, Action<int, bool, ChatConversation[]> check, string? read = null)
    {
        foreach ((byte[] bytes, int at, bool isMoved) in Mutations.Of(whole))
        {
            string path = _folder.Write(name, bytes);
            DataReport? report = null;
            ChatConversation[] rows = [.. ChatDataset.Load([read ?? path], Skip).Read(r => report = r)];
            Assert.Equal(rows.Length, report!.RowsOut);
            Assert.Equal(report.RowsIn, report.RowsOut + report.SkippedCount);
            check(at, isMoved, rows);
        }
    }
}
