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
        { Good + Good, "one whole object a line" },
        { Good.Replace("]}", "],\"score\":NaN}", StringComparison.Ordinal), "NaN is not a number in JSON" },
        { "[1]", "the row is a list; expected an object" },
        { "\"text\"", "the row is a text" },
        { "null", "the row is null" },
        { "{}", "no conversation in no columns; expected {\"messages\":[{\"role\":…,\"content\":…},…]}" },
        { """{"question":"Q?","answer":"A"}""", "no conversation in question, answer; expected" },
        { """{"messages":{"role":"user"}}""", "'messages' is an object; expected a list of messages" },
        { """{"Messages":[]}""", "no conversation in Messages" },
        { """{"messages":"Hello"}""", "the text of 'messages' is not JSON" },
        { """{"messages":["Hello"]}""", "message 0 is a text and has no text 'role'" },
        { """{"messages":[null]}""", "message 0 is null and has no text 'role'" },
        { """{"messages":[{"content":"Q"}]}""", "message 0 has no text 'role'; expected {\"role\":…,\"content\":…}, and there are content" },
        { """{"conversation":[{"human":"Hi","assistant":"Hello"}]}""", "and there are human, assistant" },
        { """{"messages":[{"role":1,"content":"Q"}]}""", "message 0 has no text 'role'" },
        { """{"messages":[{"role":"user","content":"Q"},{"role":"critic","content":"A"}]}""", "message 1 has the role 'critic'; expected one of ai, assistant" },
        { """{"messages":[{"role":"user"}]}""", "message 0 has no text 'content'; expected {\"role\":…,\"content\":…}, a text or a list of parts of text" },
        { """{"messages":[{"role":"user","content":null}]}""", "message 0 has no text 'content'" },
        { """{"messages":[{"role":"user","content":42}]}""", "message 0 has no text 'content', but a number" },
        { """{"messages":[{"role":"user","content":{"a":1}}]}""", "message 0 has no text 'content', but an object" },
        { """{"messages":[{"role":"user","content":[{"type":"image"}]}]}""", "part 0 of message 0 is not a text but of the type 'image'" },
        { """{"messages":[{"role":"user","content":["a",7]}]}""", "part 1 of message 0 is not a text but a number" },
        { """{"messages":[],"messages":[{"role":"user","content":"Q"}]}""", "every name once" },
        { """{"messages":[{"role":"user","content":"Q","content":"R"}]}""", "every name once" },
        { """{"messages":[{"role":"user","content":"\ud83d"}]}""", "surrogates in pairs" },
        { """{"messages":[{"role":"\udc00","content":"Q"}]}""", "surrogates in pairs" },
        { """{"messages":[{"role":"user","content":"Q"}],"tools":[{"name":"\ud83d"}]}""", "surrogates in pairs" },
        { """{"\ud83d":1}""", "surrogates in pairs" },
        { """{"messages":[{"role":"user","content":"Q"}],"conversations":[{"from":"human","value":"R"}]}""", "there are messages as well as conversations; expected one of them" },
        { """{"prompt":"a","completion":[]}""", "the prompt is a text and the completion a list" },
        { """{"prompt":"a","completion":"b","label":false}""", "preferences are not for training" },
        { """{"conversations":[{"from":"human","value":"Hi"}],"chosen":{"from":"gpt","value":"Hello"}}""", "the column 'chosen' has preferences" },
        { """{"prompt":"a","chosen":"b","rejected":"c"}""", "the column 'chosen' has preferences" },
        { """{"messages":[{"role":"user","content":"Q"}],"images":["cat.png"]}""", "the column 'images' has pictures" },
        { """{"instruction":"a","output":["b","c"]}""", "the column 'output' is not a text" },
        { """{"instruction":"a","output":"b","history":[["q"]]}""", "is not a list of rounds" },
        { """{"messages":[{"role":"system","content":"a"},{"role":"user","content":"Q"}],"system":"b"}""", "two system messages" },
        { """{"messages":[{"role":"user","content":"Q"}],"tools":"none"}""", "the text of 'tools' is not JSON" },
        { """{"messages":[{"role":"user","content":"Q"}],"tools":[1]}""", "a tool of 'tools' is not an object" },
        { """{"text":"a","system":"b"}""", "no place beside text" },
        { """{"messages":[{"role":"user","content":"Q","tool_calls":[{"name":"f"}]}]}""", "message 0 of the role 'user' calls a tool" },
        { """{"messages":[{"role":"assistant","content":"","tool_calls":[{}]}]}""", "message 0 calls a tool without a name" },
        { """{"messages":[{"role":"assistant","content":"","tool_calls":[{"name":"f"}],"function_call":{"name":"g"}}]}""", "message 0 has 'tool_calls' and 'function_call'" },
        { """{"conversations":[{"from":"function_call","value":"look it up"}]}""", "not JSON" },
        { """{"messages":[{"role":"user","content":"Q","reasoning_content":"hm"}]}""", "message 0 of the role 'user' has 'reasoning_content'" },
        { """{"messages":[{"role":"assistant","content":"A","weight":0.5}]}""", "message 0 has 'weight': 0.5; expected 0, 1, true or false" },
        { """{"messages":[{"role":"assistant","content":"A","weight":0,"train":true}]}""", "message 0 is to be learned and is not" },
        { """{"messages":[{"role":"user","content":"Q","train":true}]}""", "message 0 of the role 'user' is to be learned" },
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
        Assert.Equal($"{_path}:2", conversations.Current.Source);
        ChatDataException error = Assert.Throws<ChatDataException>(() => conversations.MoveNext());
        Assert.StartsWith($"{_path}:3: ", error.Message, StringComparison.Ordinal);
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
        Assert.StartsWith($"{_path}:3: the line is not UTF-8", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, read.Count);
    }

    [Fact]
    public void Messages_keep_their_order_and_their_text_to_the_letter()
    {
        File.WriteAllText(_path, """
            {"id":7,"messages":[{"role":"system","content":" Be\tbrief. "},{"role":"user","content":"Ünï — 你好 👩‍🚀\n\n","mood":"x"},{"content":"","role":"assistant"},{"role":"user","content":"\ud83d\ude00 \u0000 </s>"}],"source":null}
            """);
        ChatConversation conversation = Assert.Single(ChatJsonLines.Read(_path));
        Assert.Equal(
            [new("system", " Be\tbrief. "), new("user", "Ünï — 你好 👩‍🚀\n\n"), new("assistant", ""), new("user", "😀 \0 </s>")],
            conversation.Messages);
        Assert.Equal($"{_path}:1", conversation.Source);
    }

    [Fact]
    public void Conversations_come_in_the_order_of_their_lines()
    {
        File.WriteAllLines(_path, Enumerable.Range(0, 1_000).Select(i => Good.Replace("Q", $"Question {i}", StringComparison.Ordinal)));
        Assert.Equal(
            Enumerable.Range(0, 1_000).Select(i => ($"{_path}:{i + 1}", $"Question {i}")),
            ChatJsonLines.Read(_path).Select(conversation => (conversation.Source, conversation.Messages[0].Content)));
    }

    [Theory]
    [InlineData("\n", 1, 2)]
    [InlineData("\r\n", 1, 2)]
    [InlineData("\n\n \t\n", 1, 4)]
    public void Line_ends_of_all_kinds_and_empty_lines_are_allowed_and_counted(string between, params int[] lines)
    {
        File.WriteAllText(_path, $"{Good}{between}{Good}{between}");
        Assert.Equal(lines.Select(line => $"{_path}:{line}"), ChatJsonLines.Read(_path).Select(conversation => conversation.Source));
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
        Assert.Equal($"{_path}:2: there are 0 messages; expected a conversation that ends with an answer.", error.Message);
    }

    [Fact]
    public void A_line_of_megabytes_is_read_whole()
    {
        string text = string.Concat(Enumerable.Range(0, 300_000).Select(i => $"{i} ’"));
        File.WriteAllText(_path, $"{Good.Replace("Q", text, StringComparison.Ordinal)}\n{Good}\n");
        ChatConversation[] conversations = [.. ChatJsonLines.Read(_path)];
        Assert.Equal(text, conversations[0].Messages[0].Content);
        Assert.Equal($"{_path}:2", conversations[1].Source);
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
