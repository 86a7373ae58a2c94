namespace LongAlign.Data.Tests;

public sealed class DatasetMixerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Counts_are_kept_and_fewer_rows_are_some_of_more()
    {
        ChatDataset longChats = Write("long.jsonl", "long", 100);
        string[] five = Long(5);
        string[] ten = Long(10);
        Assert.Equal((5, 10), (five.Length, ten.Length));
        Assert.Empty(five.Except(ten));
        Assert.Empty(Long(0));

        string[] Long(int count)
        {
            using MixedChats mix = new DatasetMixer { Seed = 7 }.Add(longChats, count).Add(Write("short.jsonl", "short", 50)).Mix();
            Assert.Equal(count + 50, mix.TrainingCount);
            Assert.Equal(150, mix.Report.Before.Single().RowsOut);
            Assert.Equal(100 - count, mix.Report.SkippedCount);
            return [.. Questions(mix.Training).Where(question => question.StartsWith("long", StringComparison.Ordinal))];
        }
    }

    [Fact]
    public void The_order_and_the_draw_are_these_on_every_machine()
    {
        using MixedChats mix = new DatasetMixer { Seed = 1, HoldOut = 2 }.Add(Write("a.jsonl", "a", 6), 4).Add(Write("b.jsonl", "b", 4)).Mix();
        Assert.Equal(Expected, string.Join(' ', Questions(mix.Training).Append("|").Concat(Questions(mix.HeldOut))));
    }

    private const string Expected = "a3 b1 b3 a0 b2 a4 | b0 a2";

    [Fact]
    public void Rows_of_all_kinds_of_sources_are_mixed_without_duplicates()
    {
        ChatConversation[] chats = [.. Enumerable.Range(0, 20).Select(i => Conversations.Of($"x{i}", "y") with { Source = $"memory({i})" })];
        string parquet = _folder.File("x.parquet");
        string gzip = _folder.File("x.jsonl.gz");
        ChatParquet.Write(parquet, chats);
        ChatJsonLines.Write(gzip, chats.Take(10).Concat(Enumerable.Range(0, 5).Select(i => Conversations.Of($"z{i}", "y"))));
        using MixedChats mix = new DatasetMixer { HoldOut = 5 }.Add(new ChatDataset(chats)).Add(ChatDataset.Load(parquet)).Add(ChatDataset.Load(gzip)).Mix();
        Assert.Equal((20, 5), (mix.TrainingCount, mix.HeldOutCount));
        Assert.Equal(
            chats.Select(chat => chat.Messages[0].Content).Concat(Enumerable.Range(0, 5).Select(i => $"z{i}")).Order(StringComparer.Ordinal),
            Questions(mix.Training).Concat(Questions(mix.HeldOut)).Order(StringComparer.Ordinal));
        Assert.Equal(("the same as an earlier conversation", 30), (mix.Report.Skipped[0].Reason, mix.Report.Skipped[0].Count));
        Assert.Equal(mix.Report.RowsIn, mix.Report.RowsOut + mix.Report.SkippedCount);
        Assert.Contains(mix.Training, chat => chat.Source.StartsWith("memory(", StringComparison.Ordinal));
    }

    [Fact]
    public void Held_out_rows_stay_held_out_when_others_are_added()
    {
        ChatDataset a = Write("a.jsonl", "a", 100);
        using MixedChats alone = new DatasetMixer { HoldOut = 20 }.Add(a).Mix();
        using MixedChats more = new DatasetMixer { HoldOut = 40 }.Add(Write("b.jsonl", "b", 100)).Add(a).Mix();
        string[] before = [.. Questions(alone.HeldOut)];
        string[] after = [.. Questions(more.HeldOut).Where(question => question[0] == 'a')];
        Assert.True(before.Length - before.Intersect(after).Count() <= 8 && after.Except(before).Count() <= 8, "Only rows at the border change sides.");
        Assert.Empty(Questions(more.HeldOut).Intersect(Questions(more.Training)));
    }

    [Fact]
    public void Weights_take_as_many_rows_as_all_shares_allow()
    {
        using MixedChats mix = new DatasetMixer().AddByWeight(Write("a.jsonl", "a", 30), 3).AddByWeight(Write("b.jsonl", "b", 100), 1).Mix();
        Assert.Equal((30, 10), (Questions(mix.Training).Count(q => q[0] == 'a'), Questions(mix.Training).Count(q => q[0] == 'b')));
    }

    [Fact]
    public void Too_many_rows_asked_for_is_an_error_that_says_how_many_there_are()
    {
        ChatDataset a = Write("a.jsonl", "a", 3);
        Assert.Contains("4 rows of source 0 were asked for; it has 3", Assert.Throws<InvalidOperationException>(() => new DatasetMixer().Add(a, 4).Mix()).Message, StringComparison.Ordinal);
        Assert.Contains("3 rows are to be held out of 3", Assert.Throws<InvalidOperationException>(() => new DatasetMixer { HoldOut = 3 }.Add(a).Mix()).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => new DatasetMixer().Mix());
        Assert.Throws<ArgumentOutOfRangeException>(() => new DatasetMixer().AddByWeight(a, 0));
    }

    [Fact]
    public void A_row_behind_a_byte_order_mark_is_found_again()
    {
        string path = _folder.File("a.jsonl");
        ChatJsonLines.Write(path, Enumerable.Range(0, 3).Select(i => Conversations.Of($"a{i}", "answer")));
        File.WriteAllBytes(path, [0xEF, 0xBB, 0xBF, .. File.ReadAllBytes(path)]);
        using MixedChats mix = new DatasetMixer().Add(ChatDataset.Load(path)).Mix();
        Assert.Equal(["a0", "a1", "a2"], Questions(mix.Training).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void All_rows_of_a_damaged_row_group_are_counted()
    {
        string path = _folder.File("a.parquet");
        ChatParquet.Write(path, Enumerable.Range(0, 7).Select(i => Conversations.Of($"a{i}", "answer")));
        byte[] bytes = File.ReadAllBytes(path);
        bytes.AsSpan(4, 8).Fill(0xFF); // the header of the first page
        File.WriteAllBytes(path, bytes);
        using MixedChats mix = new DatasetMixer().Add(Write("b.jsonl", "b", 2)).Add(ChatDataset.Load([path], new ChatReadingOptions { BadRows = BadRowPolicy.Skip })).Mix();
        DataReport reading = Assert.Single(mix.Report.Before);
        Assert.Equal((9, 2, 7), (reading.RowsIn, reading.RowsOut, reading.SkippedCount));
    }

    [Fact]
    public void A_file_that_was_cut_after_it_was_mixed_is_an_error_that_names_file_and_line()
    {
        using MixedChats mix = new DatasetMixer { Shuffle = false }.Add(Write("a.jsonl", "a", 3)).Mix();
        using (FileStream file = File.OpenWrite(_folder.File("a.jsonl")))
        {
            file.SetLength(file.Length - 5);
        }

        ChatDataException error = Assert.Throws<ChatDataException>(() => mix.Training.Count());
        Assert.Equal(("file changed", $"{_folder.File("a.jsonl")}:3"), (error.Reason, error.DataSource));
    }

    [Fact]
    public void The_copy_of_rows_that_can_not_be_found_again_goes_with_the_mix()
    {
        string mark = Guid.NewGuid().ToString();
        using (MixedChats mix = new DatasetMixer().Add(new ChatDataset([Conversations.Of(mark, "answer")])).Mix())
        {
            Assert.Single(TemporaryFiles(), text => text.Contains(mark, StringComparison.Ordinal));
        }

        Assert.DoesNotContain(TemporaryFiles(), text => text.Contains(mark, StringComparison.Ordinal));

        // Files of others come and go.
        static IEnumerable<string> TemporaryFiles() => Directory.EnumerateFiles(Path.GetTempPath(), "tmp*.tmp").Select(path =>
        {
            try
            {
                using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                byte[] begin = new byte[300];
                return System.Text.Encoding.UTF8.GetString(begin, 0, file.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return "";
            }
        });
    }

    private static IEnumerable<string> Questions(ChatDataset chats) => chats.Select(chat => chat.Messages[0].Content);

    private ChatDataset Write(string name, string text, int count)
    {
        ChatJsonLines.Write(_folder.File(name), Enumerable.Range(0, count).Select(i => Conversations.Of($"{text}{i}", "answer")));
        return ChatDataset.Load(_folder.File(name));
    }
}
