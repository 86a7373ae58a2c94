namespace LongAlign.Requests.Tests;

public class RequestJournalTests
{
    [Fact]
    public async Task A_file_cut_at_any_byte_gives_its_whole_lines_back_and_can_be_gone_on_with()
    {
        using TemporaryFolder folder = new();
        byte[] bytes = await JournalOf(folder, 2);
        int[] ends = [.. Enumerable.Range(0, bytes.Length).Where(i => bytes[i] == '\n')];
        for (int length = 0; length <= bytes.Length; length++)
        {
            string path = folder.Write("cut", bytes.AsSpan(0, length));
            int whole = ends.Count(end => end < length);
            using (RequestJournal journal = RequestJournal.Open(path))
            {
                Assert.Equal(length == 0 || bytes[length - 1] == '\n' ? 0 : 1, journal.TornLines);
                Assert.Equal(Math.Max(0, (whole - 1) / 2), journal.ReplyCount);
                Assert.Equal(whole > 0 && whole % 2 == 0 ? 1 : 0, journal.CallsInDoubt);
            }

            Assert.Equal(whole == 0 ? bytes[..(ends[0] + 1)] : bytes[..(ends[whole - 1] + 1)], File.ReadAllBytes(path));
        }
    }

    [Fact]
    public async Task A_journal_with_a_torn_end_is_asked_only_what_is_missing()
    {
        using TemporaryFolder folder = new();
        byte[] bytes = await JournalOf(folder, 5);
        string path = folder.Write("torn", bytes.AsSpan(0, bytes.Length - 7));
        ScriptedClient client = new((text, _) => $"answer to {text}");
        Assert.Equal(RequestTest.Texts(5).Select(text => $"answer to {text}"), await RequestTest.RunAsync(client, path, RequestTest.Texts(5)));
        Assert.Equal(1, client.CallCount);
        using RequestJournal journal = RequestJournal.Open(path);
        Assert.Equal((0, 5), (journal.TornLines, journal.ReplyCount));
    }

    [Fact]
    public async Task A_mutated_journal_opens_with_whole_replies_or_is_refused()
    {
        using TemporaryFolder folder = new();
        byte[] whole = await JournalOf(folder, 3);
        foreach ((byte[] bytes, _, _) in Mutations.Of(whole))
        {
            string path = folder.Write("m", bytes);
            try
            {
                using RequestJournal journal = RequestJournal.Open(path);
                Assert.InRange(journal.ReplyCount, 2, 3);
            }
            catch (JournalException e)
            {
                Assert.Contains(path, e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_changed_byte_in_any_line_is_an_error_that_names_the_line()
    {
        using TemporaryFolder folder = new();
        byte[] bytes = await JournalOf(folder, 2);
        for (int i = 0; i < bytes.Length; i += 3)
        {
            if (bytes[i] == '\n')
            {
                continue;
            }

            byte[] changed = [.. bytes];
            changed[i] ^= 1;
            if (changed[i] == '\n')
            {
                continue;
            }

            string path = folder.Write("changed", changed);
            int line = bytes[..i].Count(b => b == '\n') + 1;
            JournalException e = Assert.Throws<JournalException>(() => RequestJournal.Open(path));
            Assert.Contains(line == 1 ? "is not a journal" : $"{path}, line {line}:", e.Message, StringComparison.Ordinal);
            Assert.Equal(changed, File.ReadAllBytes(path));
        }
    }

    [Fact]
    public async Task Zeros_at_the_end_after_a_power_cut_are_a_torn_line()
    {
        using TemporaryFolder folder = new();
        byte[] bytes = await JournalOf(folder, 2);
        using RequestJournal journal = RequestJournal.Open(folder.Write("zeros", [.. bytes, .. new byte[100], (byte)'}', (byte)'\n']));
        Assert.Equal((1, 2), (journal.TornLines, journal.ReplyCount));
    }

    [Fact]
    public async Task Zeros_before_a_whole_line_are_damage_that_is_named()
    {
        using TemporaryFolder folder = new();
        byte[] bytes = await JournalOf(folder, 2);
        int second = Array.IndexOf(bytes, (byte)'\n') + 1;
        string path = folder.Write("zeros", [.. bytes[..second], 0, 0, (byte)'\n', .. bytes[second..]]);
        Assert.Contains($"{path}, line 2:", Assert.Throws<JournalException>(() => RequestJournal.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_file_is_refused_and_left_as_it_was()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("notes.txt", "Dear diary");
        Assert.Contains("is not a journal", Assert.Throws<JournalException>(() => RequestJournal.Open(path)).Message, StringComparison.Ordinal);
        Assert.Equal("Dear diary", File.ReadAllText(path));
    }

    [Fact]
    public void Of_two_replies_to_one_request_the_first_counts_then_and_later()
    {
        using TemporaryFolder folder = new();
        JournalRecord record = new() { Event = JournalEvent.Reply, Key = "key", Item = "item", Stage = "ask", Model = "m", Usage = default };
        using (RequestJournal journal = RequestJournal.Open(folder.File("journal")))
        {
            journal.Append(record with { Reply = new ModelReply { Text = "first", FinishReason = "stop", Model = "m", Usage = default } });
            journal.Append(record with { Reply = new ModelReply { Text = "second", FinishReason = "stop", Model = "m", Usage = default } });
            Assert.Equal("first", journal.FindReply("key")!.Text);
        }

        using RequestJournal again = RequestJournal.Open(folder.File("journal"));
        Assert.Equal("first", again.FindReply("key")!.Text);
    }

    [Fact]
    public void An_open_journal_can_not_be_opened_again()
    {
        using TemporaryFolder folder = new();
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        Assert.ThrowsAny<IOException>(() => RequestJournal.Open(folder.File("journal")));
    }

    [Fact]
    public async Task Texts_of_all_kinds_come_back_as_they_were()
    {
        using TemporaryFolder folder = new();
        string[] texts = ["", "line\nbreak\r\n\u2028", "\"quotes\" \\ {}", "汉字，答：", "👩‍👩‍👧 e\u0301", "\0\u0001", "half \ud800 pair"];
        ScriptedClient client = new((text, _) => text);
        string[] first = await RequestTest.RunAsync(client, folder.File("journal"), texts);
        Assert.Equal([.. texts[..^1], "half \ufffd pair"], first);
        Assert.Equal(first, await RequestTest.RunAsync(new ScriptedClient((_, _) => throw new InvalidOperationException()), folder.File("journal"), texts));
    }

    private static async Task<byte[]> JournalOf(TemporaryFolder folder, int replies)
    {
        string path = folder.File($"journal of {replies}");
        ScriptedClient client = new((text, _) => $"answer to {text}");
        await RequestTest.RunAsync(client, path, RequestTest.Texts(replies), RequestTest.Quick with { MaxConcurrency = 1 });
        return File.ReadAllBytes(path);
    }
}
