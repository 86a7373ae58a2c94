using System.Text;
using System.Text.Json;
using CsCheck;

namespace LongAlign.Data.Tests;

/// <summary>Files that are one array, or objects over several lines.</summary>
public sealed class JsonArrayTests : IDisposable
{
    private static readonly JsonSerializerOptions Pretty = new() { WriteIndented = true };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.json")]
    [InlineData("a.jsonl")]
    [InlineData("a.JSON")]
    public void An_array_on_one_line_or_many_gives_its_items(string name)
    {
        object[] chats = [Chat("Where is the [station]?"), Chat("And \"the\" {library\\"), Chat("你好\n👩‍🚀")];
        foreach (string text in new[] { JsonSerializer.Serialize(chats), JsonSerializer.Serialize(chats, Pretty), "\uFEFF\r\n  " + JsonSerializer.Serialize(chats, Pretty).Replace("\n", "\r\n", StringComparison.Ordinal) + "\r\n\r\n" })
        {
            Assert.Equal(["Where is the [station]?", "And \"the\" {library\\", "你好\n👩‍🚀"], ChatDataset.Load(_folder.Write(name, text)).Select(chat => chat.Messages[0].Content));
        }
    }

    [Fact]
    public void Items_are_named_by_line_and_number()
    {
        string path = _folder.Write("a.json", "[\n" + JsonSerializer.Serialize(Chat("a")) + ", " + JsonSerializer.Serialize(Chat("b")) + ",\n\n" + JsonSerializer.Serialize(Chat("c")) + "\n]\n");
        Assert.Equal([$"{path}:2, item 1", $"{path}:2, item 2", $"{path}:4, item 3"], ChatDataset.Load(path).Select(chat => chat.Source));
        using MixedChats mix = new DatasetMixer { Shuffle = false }.Add(ChatDataset.Load(path)).Mix();
        Assert.Equal(ChatDataset.Load(path).Select(chat => (chat.Source, chat.Messages[0].Content)), mix.Training.Select(chat => (chat.Source, chat.Messages[0].Content)));
    }

    [Theory]
    [InlineData("[]", 0, "")]
    [InlineData("[ ]", 0, "")]
    [InlineData("[X,X", 2, "the array has no end; expected ']'")]
    [InlineData("[X X]", 2, "side by side")]
    [InlineData("[X,]", 1, "ends with a comma")]
    [InlineData("[X,,X]", 2, "a comma where an item")]
    [InlineData("[X]\nX", 1, "there is more behind the array")]
    [InlineData("[X,{\"messages\":]", 1, "not JSON")]
    [InlineData("[X,7,X]", 2, "the row is a number; expected an object")]
    [InlineData("[X,{},X]", 2, "no conversation in no columns")]
    [InlineData("[\n\n\n", 0, "the array has no end")]
    public void A_fault_of_an_array_is_one_and_the_items_beside_it_are_read(string text, int rows, string fault)
    {
        string path = _folder.Write("a.json", text.Replace("X", JsonSerializer.Serialize(Chat("a"), Pretty), StringComparison.Ordinal));
        DataReport? report = null;
        Assert.Equal(rows, ChatDataset.Load([path], new ChatReadingOptions { BadRows = BadRowPolicy.Skip }).Read(r => report = r).Count());
        Assert.Contains(fault, report!.ToString(), StringComparison.Ordinal);
        Assert.InRange(report.SkippedCount, fault.Length == 0 ? 0 : 1, fault.Length == 0 ? 0 : 2);
    }

    [Fact]
    public void Objects_over_several_lines_are_read_one_after_another()
    {
        string path = _folder.Write("a.json", JsonSerializer.Serialize(Chat("a"), Pretty) + "\n" + JsonSerializer.Serialize(Chat("b"), Pretty));
        Assert.Equal(["a", "b"], ChatDataset.Load(path).Select(chat => chat.Messages[0].Content));
    }

    [Fact]
    public void Arrays_of_any_texts_and_white_space_give_what_lines_give()
    {
        Gen.Select(Gen.String.Array[1, 8], Gen.OneOf(Gen.Const(""), Gen.Const(" "), Gen.Const("\n"), Gen.Const(" \r\n\t"))).Sample((texts, space) =>
        {
            string[] whole = [.. texts.Select(text => string.Concat(text.EnumerateRunes()))];
            StringBuilder array = new($"{space}[{space}");
            array.AppendJoin($"{space},{space}", whole.Select(text => JsonSerializer.Serialize(Chat(text)))).Append(space + "]" + space);
            Assert.Equal(whole, ChatDataset.Load(_folder.Write("p.json", array.ToString())).Select(chat => chat.Messages[0].Content));
        }, iter: 200, threads: 1);
    }

    [Fact]
    public void A_long_array_is_read_to_its_end()
    {
        string path = _folder.File("long.json");
        using (StreamWriter writer = new(path))
        {
            writer.Write('[');
            for (int i = 0; i < 200; i++)
            {
                writer.Write((i > 0 ? ",\n" : "") + JsonSerializer.Serialize(Chat(new string('x', 100_000)), Pretty));
            }

            writer.Write(']');
        }

        Assert.Equal(200, ChatDataset.Load(path).Count());
    }

    private static object Chat(string text) => new { messages = new[] { new { role = "user", content = text }, new { role = "assistant", content = "ok" } } };
}
