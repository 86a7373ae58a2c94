using System.Text;

namespace LongAlign.Data.Tests;

public sealed class ChatJsonLinesTests : IDisposable
{
    private const string Good = """{"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]}""";

    private readonly string _path = Path.GetTempFileName();

    /// <summary>A line that is no chat, and words that its error has to say.</summary>
    public static TheoryData<string, string> BadLines => new()
    {
        { "{\"messages\":[", "not JSON" },
        { "not json", "not JSON" },
        { Good + Good, "one whole conversation a line" },
        { "[1]", "no array 'messages'" },
        { "\"text\"", "no array 'messages'" },
        { "null", "no array 'messages'" },
        { "{}", "expected {\"messages\":[{\"role\":…,\"content\":…},…]}" },
        { """{"messages":{"role":"user"}}""", "no array 'messages'" },
        { """{"Messages":[]}""", "no array 'messages'" },
        { """{"messages":["Hello"]}""", "message 0 has no text 'role'" },
        { """{"messages":[null]}""", "message 0 has no text 'role'" },
        { """{"messages":[{"content":"Q"}]}""", "message 0 has no text 'role'" },
        { """{"messages":[{"role":1,"content":"Q"}]}""", "message 0 has no text 'role'" },
        { """{"messages":[{"role":"user","content":"Q"},{"role":"gpt","content":"A"}]}""", "message 1 has the role 'gpt'; expected one of system, user, assistant" },
        { """{"messages":[{"role":"User","content":"Q"}]}""", "message 0 has the role 'User'" },
        { """{"messages":[{"role":"user"}]}""", "message 0 has no text 'content'; expected {\"role\":…,\"content\":…}, both strings" },
        { """{"messages":[{"role":"user","content":null}]}""", "message 0 has no text 'content'" },
        { """{"messages":[{"role":"user","content":["part"]}]}""", "message 0 has no text 'content'" },
        { """{"messages":[],"messages":[{"role":"user","content":"Q"}]}""", "every name once" },
        { """{"messages":[{"role":"user","content":"Q","content":"R"}]}""", "every name once" },
        { """{"messages":[{"role":"user","content":"\ud83d"}]}""", "surrogates in pairs" },
        { """{"messages":[{"role":"\udc00","content":"Q"}]}""", "surrogates in pairs" },
    };

    public void Dispose() => File.Delete(_path);

    [Theory]
    [MemberData(nameof(BadLines))]
    public void A_bad_line_is_an_error_with_file_and_line_after_the_good_ones_before_it(string line, string expected)
    {
        File.WriteAllText(_path, $"{Good}\n{Good}\n{line}\n{Good}\n");
        using IEnumerator<ChatConversation> conversations = ChatJsonLines.Read(_path).GetEnumerator();
        Assert.True(conversations.MoveNext());
        Assert.True(conversations.MoveNext());
        Assert.Equal($"{_path}(2)", conversations.Current.Source);
        ChatDataException error = Assert.Throws<ChatDataException>(() => conversations.MoveNext());
        Assert.StartsWith($"{_path}(3): ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xC3, 0x28 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    public void Bytes_that_are_not_UTF_8_are_an_error_of_their_own_line(byte[] bytes)
    {
        File.WriteAllBytes(_path, [.. Bytes($"{Good}\n{Good}\n"), .. Bytes("{\"messages\":[{\"role\":\"user\",\"content\":\""), .. bytes, .. Bytes("\"}]}\n")]);
        List<ChatConversation> read = [];
        ChatDataException error = Assert.Throws<ChatDataException>(() =>
        {
            foreach (ChatConversation conversation in ChatJsonLines.Read(_path))
            {
                read.Add(conversation);
            }
        });
        Assert.StartsWith($"{_path}(3): the line is not UTF-8", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, read.Count);
    }

    [Fact]
    public void Messages_keep_their_order_and_their_text_to_the_letter()
    {
        File.WriteAllText(_path, """
            {"id":7,"messages":[{"role":"system","content":" Be\tbrief. "},{"role":"user","content":"Ünï — 你好 👩‍🚀\n\n","name":"x"},{"content":"","role":"assistant"},{"role":"user","content":"\ud83d\ude00 \u0000 </s>"}],"source":null}
            """);
        ChatConversation conversation = Assert.Single(ChatJsonLines.Read(_path));
        Assert.Equal(
            [new("system", " Be\tbrief. "), new("user", "Ünï — 你好 👩‍🚀\n\n"), new("assistant", ""), new("user", "😀 \0 </s>")],
            conversation.Messages);
        Assert.Equal($"{_path}(1)", conversation.Source);
    }

    [Fact]
    public void Conversations_come_in_the_order_of_their_lines()
    {
        File.WriteAllLines(_path, Enumerable.Range(0, 1_000).Select(i => Good.Replace("Q", $"Question {i}", StringComparison.Ordinal)));
        Assert.Equal(
            Enumerable.Range(0, 1_000).Select(i => ($"{_path}({i + 1})", $"Question {i}")),
            ChatJsonLines.Read(_path).Select(conversation => (conversation.Source, conversation.Messages[0].Content)));
    }

    [Theory]
    [InlineData("\n", 1, 2)]
    [InlineData("\r\n", 1, 2)]
    [InlineData("\n\n \t\n", 1, 4)]
    public void Line_ends_of_all_kinds_and_empty_lines_are_allowed_and_counted(string between, params int[] lines)
    {
        File.WriteAllText(_path, $"{Good}{between}{Good}{between}");
        Assert.Equal(lines.Select(line => $"{_path}({line})"), ChatJsonLines.Read(_path).Select(conversation => conversation.Source));
    }

    [Fact]
    public void A_last_line_without_its_end_is_read()
    {
        File.WriteAllText(_path, $"{Good}\n{Good}");
        Assert.Equal(2, ChatJsonLines.Read(_path).Count());
    }

    [Fact]
    public void A_byte_order_mark_is_passed_over()
    {
        File.WriteAllText(_path, $"{Good}\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.Equal(0xEF, File.ReadAllBytes(_path)[0]);
        Assert.Equal("Q", Assert.Single(ChatJsonLines.Read(_path)).Messages[0].Content);
    }

    [Fact]
    public void An_empty_file_has_no_conversations() => Assert.Empty(ChatJsonLines.Read(_path));

    [Fact]
    public void A_conversation_without_messages_is_read_and_is_the_templates_to_refuse()
    {
        File.WriteAllText(_path, $"{Good}\n{{\"messages\":[]}}\n");
        Assert.Empty(ChatJsonLines.Read(_path).Last().Messages);
        ChatDataException error = Assert.Throws<ChatDataException>(
            () => ChatDataset.Load(_path).Tokenize(Conversations.Tokenizer, ChatTemplate.LongAlignLlama, 100));
        Assert.Equal($"{_path}(2): there are 0 messages; expected a conversation that ends with an answer.", error.Message);
    }

    [Fact]
    public void A_line_of_megabytes_is_read_whole()
    {
        string text = string.Concat(Enumerable.Range(0, 300_000).Select(i => $"{i} ’"));
        File.WriteAllText(_path, $"{Good.Replace("Q", text, StringComparison.Ordinal)}\n{Good}\n");
        ChatConversation[] conversations = [.. ChatJsonLines.Read(_path)];
        Assert.Equal(text, conversations[0].Messages[0].Content);
        Assert.Equal($"{_path}(2)", conversations[1].Source);
    }

    [Fact]
    public void A_missing_file_is_named_before_anything_is_read()
    {
        string missing = _path + ".missing";
        FileNotFoundException error = Assert.Throws<FileNotFoundException>(() => ChatJsonLines.Read(missing));
        Assert.Contains(missing, error.Message, StringComparison.Ordinal);
        Assert.Contains(missing, Assert.Throws<FileNotFoundException>(() => ChatDataset.Load(_path, missing)).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => ChatJsonLines.Read(Path.GetTempPath()));
        Assert.Throws<ArgumentException>(() => ChatJsonLines.Read(""));
        Assert.Contains("no path", Assert.Throws<ArgumentException>(() => ChatDataset.Load()).Message, StringComparison.Ordinal);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
