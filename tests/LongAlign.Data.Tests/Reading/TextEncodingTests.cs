using System.IO.Compression;
using System.Text;
using LongAlign.Data.SelfInstruct;

namespace LongAlign.Data.Tests;

/// <summary>Files in other encodings: read as what their mark or the user says, or named; never with characters that are not theirs.</summary>
public sealed class TextEncodingTests : IDisposable
{
    private const string Text = "é ü ✓ → 🚀 € 你好";
    private const string Row = "{\"text\":\"" + Text + "\",\"messages\":[{\"role\":\"user\",\"content\":\"" + Text + "\"},{\"role\":\"assistant\",\"content\":\"ok\"}]}";

    private static readonly Encoding Gbk = CodePagesEncodingProvider.Instance.GetEncoding("gbk")!;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Marked => ["utf-8", "utf-16", "utf-16BE", "utf-32", "utf-32BE"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Marked))]
    public void A_mark_says_the_encoding_to_every_reader(string name)
    {
        Encoding encoding = Encoding.GetEncoding(name);
        byte[] lines = [.. encoding.GetPreamble(), .. encoding.GetBytes($"{Row}\r\n\r\n{Row}\r\n")];
        byte[] array = [.. encoding.GetPreamble(), .. encoding.GetBytes($"[\n{Row},\n{Row}\n]")];
        byte[] text = [.. encoding.GetPreamble(), .. encoding.GetBytes(Text)];
        foreach (string path in new[] { _folder.Write("a.jsonl", lines), _folder.Write("a.json", array), Compress("a.jsonl.gz", lines) })
        {
            Assert.Equal([Text, Text], ChatDataset.Load(path).Select(chat => chat.Messages[0].Content));
            Assert.Equal([Text, Text], DocumentFiles.Read(path).Select(document => document.Text));
        }

        Assert.Equal(Text, Assert.Single(DocumentFiles.Read(_folder.Write("a.txt", text))).Text);
        Assert.Equal(Text, Assert.Single(DocumentFiles.Read(Compress("a.txt.gz", text))).Text);
        using MixedChats mix = new DatasetMixer { Deduplicate = false, Shuffle = false }.Add(ChatDataset.Load(_folder.File("a.jsonl"))).Mix();
        Assert.Equal(ChatDataset.Load(_folder.File("a.jsonl")).Select(chat => (chat.Source, chat.Messages[0].Content)), mix.Training.Select(chat => (chat.Source, chat.Messages[0].Content)));
    }

    [Fact]
    public void Another_encoding_is_named_or_given()
    {
        byte[] row = Gbk.GetBytes(Row.Replace(Text, "今天天气", StringComparison.Ordinal) + "\n");
        string chats = _folder.Write("gbk.jsonl", row);
        string text = _folder.Write("gbk.txt", Gbk.GetBytes("今天天气"));
        Assert.Contains("gbk.jsonl:1: the line is not UTF-8", Assert.Throws<ChatDataException>(() => ChatDataset.Load(chats).Count()).Message, StringComparison.Ordinal);
        Assert.Contains("gbk.jsonl:1: the line is not UTF-8", Assert.Throws<InvalidDataException>(() => DocumentFiles.Read(chats).Count()).Message, StringComparison.Ordinal);
        string fault = Assert.Throws<InvalidDataException>(() => DocumentFiles.Read(text).Count()).Message;
        Assert.Contains("gbk.txt: the text is not UTF-8", fault, StringComparison.Ordinal);
        Assert.Contains("its encoding may be given", fault, StringComparison.Ordinal);

        Assert.Equal("今天天气", Assert.Single(ChatDataset.Load([chats], new ChatReadingOptions { Encoding = Gbk })).Messages[0].Content);
        Assert.Equal("今天天气", Assert.Single(DocumentFiles.Read(text, encoding: Gbk)).Text);
    }

    [Fact]
    public void What_is_not_of_the_encoding_given_is_a_fault()
    {
        string path = _folder.Write("a.jsonl", [.. Encoding.ASCII.GetBytes(Row.Replace(Text, "x", StringComparison.Ordinal) + "\n{\"text\":\""), 0x81, 0x20, .. "\"}"u8]);
        Assert.Contains("not gb", Assert.Throws<ChatDataException>(() => ChatDataset.Load([path], new ChatReadingOptions { Encoding = Gbk }).Count()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void UTF_16_without_a_mark_is_no_text_with_zeros(bool isBigEndian)
    {
        Encoding encoding = new UnicodeEncoding(isBigEndian, byteOrderMark: false);
        string text = _folder.Write("a.txt", encoding.GetBytes("plain words"));
        Assert.Contains("as UTF-16 has", Assert.Throws<InvalidDataException>(() => DocumentFiles.Read(text).Count()).Message, StringComparison.Ordinal);
        Assert.Contains("as UTF-16 has", Assert.Throws<ChatDataException>(() => ChatDataset.Load(_folder.Write("a.jsonl", encoding.GetBytes(Row))).Count()).Message, StringComparison.Ordinal);
        Assert.Equal("plain words", Assert.Single(DocumentFiles.Read(text, encoding: encoding)).Text);
    }

    [Fact]
    public void Separators_other_than_line_feeds_stay_in_the_contents()
    {
        string row = Row.Replace(Text, "a\u2028b\u2029c\u0085d", StringComparison.Ordinal);
        string path = _folder.Write("a.jsonl", $"\uFEFF{row}\r\n\r\n{row}");
        Assert.Equal(["a\u2028b\u2029c\u0085d", "a\u2028b\u2029c\u0085d"], ChatDataset.Load(path).Select(chat => chat.Messages[0].Content));
    }

    [Fact]
    public void Members_of_a_compressed_file_are_one_file_and_zeros_behind_it_nothing()
    {
        byte[] member = File.ReadAllBytes(Compress("one.jsonl.gz", Encoding.UTF8.GetBytes(Row + "\n")));
        Assert.Equal(2, ChatDataset.Load(_folder.Write("two.jsonl.gz", [.. member, .. member])).Count());
        Assert.Equal(2, ChatDataset.Load(_folder.Write("zeros.jsonl.gz", [.. member, .. member, .. new byte[1_000]])).Count());
        ChatJsonLines.Write(_folder.File("one.jsonl.zst"), [Conversations.Of("a", "b")]);
        byte[] frame = File.ReadAllBytes(_folder.File("one.jsonl.zst"));
        Assert.Equal(2, ChatDataset.Load(_folder.Write("two.jsonl.zst", [.. frame, .. frame])).Count());
    }

    private string Compress(string name, byte[] bytes)
    {
        using FileStream file = File.Create(_folder.File(name));
        using GZipStream gzip = new(file, CompressionLevel.Fastest);
        gzip.Write(bytes);
        return _folder.File(name);
    }
}
