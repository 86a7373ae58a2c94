using System.Text.Json;

namespace LongAlign.Data.Tests;

/// <summary>Rows as data sets are published with: each is the conversation that it plainly is.</summary>
public sealed class RowFormTests : IDisposable
{
    private const string Chat = "user:Hi|assistant:Hello";

    private readonly TemporaryFolder _folder = new();

    /// <summary>A row, and its messages.</summary>
    public static TheoryData<string, string> Rows => new()
    {
        { """{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}""", Chat },
        { """{"messages":[{"role":"User","content":"Hi"},{"role":"Assistant","content":"Hello"}]}""", Chat },
        { """{"messages":[{"role":"human","content":"Hi"},{"role":"gpt","content":"Hello"}]}""", Chat },
        { """{"messages":[{"role":"user","content":"Hi"},{"role":"model","content":"Hello"}]}""", Chat },
        { """{"messages":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Hello"}]}""", Chat },
        { """{"conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Hello"}]}""", Chat },
        { """{"conversations":[{"from":"user","value":"Hi"},{"from":"model","value":"Hello"}]}""", Chat },
        { """{"conversations":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}""", Chat },
        { """{"conversation":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}""", Chat },
        { """{"messages":"[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Hello\"}]"}""", Chat },
        { """{"messages":null,"conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Hello"}]}""", Chat },
        { """{"messages":[],"conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Hello"}]}""", Chat },
        { """{"messages":[{"role":"user","content":[{"type":"text","text":"H"},{"type":"text","text":"i","image":null}]},{"role":"assistant","content":["Hel",{"text":"lo"}]}]}""", Chat },
        { """{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello","refusal":null,"annotations":[],"tool_calls":[],"function_call":null,"reasoning_content":""}],"images":[],"chosen":null}""", Chat },
        { """{"prompt":[{"role":"user","content":"Hi"}],"completion":[{"role":"assistant","content":"Hello"}]}""", Chat },
        { """{"instruction":"Hi","input":"","output":"Hello"}""", Chat },
        { """{"instruction":"Hi","output":"Hello","history":[],"system":""}""", Chat },
        { """{"instruction":"Hi","input":null,"output":"Hello","text":"### Instruction: Hi ### Response: Hello"}""", Chat },
        { """{"instruction":"Translate","input":"Hello","output":"Bonjour"}""", "user:Translate\nHello|assistant:Bonjour" },
        { """{"instruction":"C","input":"","output":"D","system":"S","history":[["A","B"]]}""", "system:S|user:A|assistant:B|user:C|assistant:D" },
        { """{"conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Hello"}],"system":"Talk like a pirate.","tools":""}""", "system:Talk like a pirate.|" + Chat },
        { """{"messages":[{"role":"system","content":"S"},{"role":"user","content":"Hi"}],"system":"S"}""", "system:S|user:Hi" },
        { """{"messages":[{"role":"developer","content":"S"},{"role":"user","content":"Hi"}]}""", "developer:S|user:Hi" },
        { """{"conversations":[{"from":"human","value":"Hi"},{"from":"observation","value":"3"},{"from":"function","value":"4"}]}""", "user:Hi|tool:3|tool:4" },
        { """{"messages":[]}""", "" },
        { """{"messages":[{"role":"user","content":"x￾y"},{"role":"assistant","content":"z￿"}]}""", "user:x￾y|assistant:z￿" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_row_is_the_conversation_that_it_plainly_is(string row, string expected)
        => Assert.Equal(expected, string.Join('|', Read(row).Messages.Select(message => $"{message.Role}:{message.Content}")));

    [Fact]
    public void Text_and_prompts_with_completions_are_text_without_messages()
    {
        Assert.Equal(new PlainText("", "Once upon a time"), Read("""{"text":"Once upon a time"}""").Text);
        Assert.Equal(new PlainText("Name a colour:", " Red"), Read("""{"prompt":"Name a colour:","completion":" Red"}""").Text);
    }

    [Fact]
    public void Answers_of_a_prompt_are_context()
    {
        ChatConversation chat = Read("""{"prompt":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}],"completion":[{"role":"assistant","content":"d"}]}""");
        Assert.Equal([false, true], chat.Messages.Where(message => message.Role == "assistant").Select(message => message.IsLearned));
    }

    [Theory]
    [InlineData("""{"role":"assistant","content":"A","weight":0}""", false)]
    [InlineData("""{"role":"assistant","content":"A","weight":1.0}""", true)]
    [InlineData("""{"role":"assistant","content":"A","train":false}""", false)]
    [InlineData("""{"role":"assistant","content":"A","loss":false,"weight":0}""", false)]
    [InlineData("""{"from":"gpt","value":"A","loss":true,"train":null}""", true)]
    [InlineData("""{"role":"user","content":"A","weight":0}""", true)]
    public void Messages_say_whether_they_are_learned(string message, bool isLearned)
        => Assert.Equal(isLearned, Read($$"""{"messages":[{{message}}]}""").Messages[0].IsLearned);

    [Theory]
    [InlineData("""{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":{"n":1}}}]}""", """[{"id":"1","type":"function","function":{"name":"f","arguments":{"n":1}}}]""")]
    [InlineData("""{"role":"assistant","tool_calls":[{"name":"f","arguments":"{\"n\":1}"}]}""", """[{"function":{"name":"f","arguments":"{\u0022n\u0022:1}"},"type":"function"}]""")]
    [InlineData("""{"role":"assistant","content":"","function_call":{"name":"f","arguments":"{}"}}""", """[{"function":{"name":"f","arguments":"{}"},"type":"function"}]""")]
    [InlineData("""{"role":"assistant","content":"","tool_calls":"[{\"name\":\"f\"}]"}""", """[{"function":{"name":"f","arguments":{}},"type":"function"}]""")]
    [InlineData("""{"from":"function_call","value":"{\"name\":\"f\",\"arguments\":{\"n\":1}}"}""", """[{"function":{"name":"f","arguments":{"n":1}},"type":"function"}]""")]
    public void Calls_of_tools_are_of_one_form(string message, string calls)
    {
        ChatMessage read = Read($$"""{"messages":[{{message}}]}""").Messages[0];
        Assert.Equal(("assistant", ""), (read.Role, read.Content));
        Assert.Equal(calls, read.Fields["tool_calls"].GetRawText());
    }

    [Theory]
    [InlineData("""[{"type":"function","function":{"name":"f"}}]""")]
    [InlineData("\"[{\\\"type\\\":\\\"function\\\",\\\"function\\\":{\\\"name\\\":\\\"f\\\"}}]\"")]
    [InlineData("[\"{\\\"type\\\":\\\"function\\\",\\\"function\\\":{\\\"name\\\":\\\"f\\\"}}\"]")]
    public void Tools_are_a_list_or_text(string tools)
        => Assert.Equal("""[{"type":"function","function":{"name":"f"}}]""", Read($$"""{"messages":[{"role":"user","content":"Hi"}],"tools":{{tools}}}""").Tools!.Value.GetRawText());

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"\"")]
    [InlineData("\"[]\"")]
    public void No_tools_are_none(string tools) => Assert.Null(Read($$"""{"messages":[{"role":"user","content":"Hi"}],"tools":{{tools}}}""").Tools);

    [Fact]
    public void Functions_are_tools_and_variables_go_to_the_template()
    {
        ChatConversation chat = Read("""{"messages":[{"role":"user","content":"Hi"}],"functions":[{"name":"f"}],"chat_template_kwargs":{"enable_thinking":false}}""");
        Assert.Equal("""[{"type":"function","function":{"name":"f"}}]""", chat.Tools!.Value.GetRawText());
        Assert.Equal(JsonValueKind.False, chat.Variables["enable_thinking"].ValueKind);
    }

    [Fact]
    public void Thoughts_and_names_are_fields_of_the_message()
    {
        ChatMessage message = Read("""{"messages":[{"role":"assistant","content":"22","reasoning_content":"hm","name":"bot","tool_call_id":"7"}]}""").Messages[0];
        Assert.Equal(["name=bot", "reasoning_content=hm", "tool_call_id=7"], message.Fields.Select(field => $"{field.Key}={field.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Columns_and_roles_may_be_mapped()
    {
        ChatReadingOptions options = new()
        {
            Columns = new Dictionary<string, string> { ["dialogue"] = "messages", ["who"] = "role", ["said"] = "content", ["images"] = ChatReadingOptions.Ignored, ["guide"] = "system" },
            Roles = new Dictionary<string, string> { ["customer"] = "user", ["agent"] = "assistant" },
        };
        string row = """{"dialogue":[{"who":"customer","said":"Hi"},{"who":"agent","said":"Hello"}],"images":["x.png"],"guide":"S"}""";
        Assert.Equal("system:S|" + Chat, string.Join('|', Read(row, options).Messages.Select(message => $"{message.Role}:{message.Content}")));
        Assert.Contains("there are two columns for 'messages', one of them", Assert.Throws<ChatDataException>(() => Read(row[..^1] + ",\"messages\":[]}", options)).Message, StringComparison.Ordinal);
        Assert.Contains("is to be 'mesages'; expected one of", Assert.Throws<ArgumentException>(() => new ChatReadingOptions { Columns = new Dictionary<string, string> { ["a"] = "mesages" } }).Message, StringComparison.Ordinal);
        Assert.Contains("are all to be 'text'", Assert.Throws<ArgumentException>(() => new ChatReadingOptions { Columns = new Dictionary<string, string> { ["a"] = "text", ["b"] = "text" } }).Message, StringComparison.Ordinal);
        Assert.Contains("is to be 'boss'", Assert.Throws<ArgumentException>(() => new ChatReadingOptions { Roles = new Dictionary<string, string> { ["a"] = "boss" } }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_used_is_named_with_the_first_line_of_each_file()
    {
        foreach (string name in new[] { "a.jsonl", "b.jsonl" })
        {
            _folder.Write(name, """
                {"messages":[{"role":"user","content":"Hi"}]}
                {"messages":[{"role":"user","content":"Hi","mood":"glad"}],"id":1,"prompt":"Hi","note":null}
                {"messages":[{"role":"user","content":"Hi","mood":"sad"}],"id":2}
                """);
        }

        DataReport? report = null;
        Assert.Equal(6, ChatDataset.Load(_folder).Read(r => report = r).Count());
        string rows = $"({_folder.File("a.jsonl")}:2; {_folder.File("b.jsonl")}:2; …)";
        Assert.Equal(
            [$"  not used 4: column 'id' {rows}", $"  not used 2: column 'prompt' {rows[..^4]})", $"  not used 4: key 'mood' of messages {rows}"],
            report!.ToString().Split(Environment.NewLine).Where(line => line.Contains("not used", StringComparison.Ordinal)).OrderBy(line => line[line.IndexOf(':', StringComparison.Ordinal)..], StringComparer.Ordinal));
    }

    private ChatConversation Read(string row, ChatReadingOptions? options = null)
        => Assert.Single(ChatDataset.Load([_folder.Write("rows.jsonl", row + "\n")], options ?? new ChatReadingOptions()));
}
