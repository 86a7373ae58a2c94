using System.Text.Json;

namespace LongAlign.Data.Tests;

/// <summary>Calls, tools, thoughts and roles reach the template in the form it takes, or the row is refused; nothing is left out in silence.</summary>
public sealed class TemplatePlacesTests
{
    private const string Tools = """[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object"}}}]""";
    private const string End = "</s>";

    /// <summary>Takes arguments as an object.</summary>
    private const string Objects = "{% if tools %}{{ tools|tojson }}{% endif %}{% for m in messages %}{{ '<' + m.role + '>' }}{% if m.content %}{{ m.content }}{% endif %}{% for c in m.tool_calls or [] %}{{ c.function.name + c.function.arguments|tojson }}{% endfor %}{{ '</s>' }}{% endfor %}{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}";

    /// <summary>Takes arguments as text, and no null.</summary>
    private const string Texts = "{% for m in messages %}{{ '<' + m.role + '>' + m.content }}{% for c in m.tool_calls or [] %}{{ c.function.name + c.function.arguments }}{% endfor %}{{ '</s>' }}{% endfor %}{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}";

    private const string Plain = "{% for m in messages %}{{ '<' + m.role + '>' + (m.content or '') + '</s>' }}{% endfor %}{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}";

    /// <summary>Shows the thoughts behind the last question alone, as Qwen 3 does.</summary>
    private const string Thinking =
        """
        {%- set ns = namespace(last=0) %}{%- for m in messages %}{%- if m.role == 'user' %}{%- set ns.last = loop.index0 %}{%- endif %}{%- endfor %}
        {%- for m in messages %}
        {%- set content = m.content %}{%- set thoughts = '' %}
        {%- if m.reasoning_content is string %}{%- set thoughts = m.reasoning_content %}
        {%- elif m.role == 'assistant' and '</think>' in content %}
        {%- set thoughts = content.split('</think>')[0].split('<think>')[-1].strip('\n') %}{%- set content = content.split('</think>')[-1].lstrip('\n') %}
        {%- endif %}
        {{- '<' + m.role + '>' }}
        {%- if m.role == 'assistant' and loop.index0 > ns.last %}{{- '<think>' + thoughts + '</think>' }}{%- endif %}
        {{- content + '</s>' }}
        {%- endfor %}
        {%- if add_generation_prompt %}{{- '<assistant>' }}{%- endif %}
        """;

    private static readonly ModelTokenizer Tokenizer = new(new CodePointTokenizer(), [Conversations.Begin], Conversations.End, 3_000_000, new Dictionary<string, int> { [End] = Conversations.End });

    [Theory]
    [InlineData("\"{\\\"city\\\": \\\"Oslo\\\"}\"")]
    [InlineData("{\"city\": \"Oslo\"}")]
    public void Arguments_are_given_in_the_form_that_the_template_takes(string arguments)
    {
        ChatConversation chat = Calling(arguments, content: "null");
        Assert.Equal("<user>Weather?‹/s›<assistant>«get_weather{\"city\": \"Oslo\"}‹/s›»<tool>3 °C‹/s›<assistant>«3 °C.‹/s›»", Show(Objects, chat));
        Assert.Equal("<user>Weather?‹/s›<assistant>«get_weather{\"city\": \"Oslo\"}‹/s›»<tool>3 °C‹/s›<assistant>«3 °C.‹/s›»", Show(Texts, chat));
    }

    [Fact]
    public void Text_beside_a_call_is_learned_with_it()
        => Assert.Equal("<user>Weather?‹/s›<assistant>«Look.get_weather{\"city\": \"Oslo\"}‹/s›»<tool>3 °C‹/s›<assistant>«3 °C.‹/s›»", Show(Objects, Calling("{\"city\":\"Oslo\"}", "\"Look.\"")));

    [Fact]
    public void A_template_without_a_place_for_calls_or_tools_refuses_the_row()
    {
        Assert.Contains("has no place for 'tool_calls' of message 1", Refusal(Plain, Calling("{}", "\"Look.\"")), StringComparison.Ordinal);
        ChatConversation tools = Conversations.Of("a", "b") with { Tools = Json(Tools) };
        Assert.Contains("has no place for 'tools'", Refusal(Plain, tools), StringComparison.Ordinal);
        Assert.StartsWith(Tools.Replace("\":", "\": ", StringComparison.Ordinal).Replace(",\"", ", \"", StringComparison.Ordinal), Show(Objects, tools), StringComparison.Ordinal);
        Assert.StartsWith("chat.jsonl:1: the conversation has 'tools'", Assert.Throws<ChatDataException>(() => new ChatDataset([tools]).Tokenize(Tokenizer, ChatTemplate.LongAlignLlama, 100)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_that_the_template_leaves_out_are_refused()
    {
        const string NoSystem = "{% for m in messages %}{% if m.role != 'system' %}{{ m.content + '</s>' }}{% endif %}{% endfor %}";
        Assert.Contains("has no place for the text of message 0, of the role 'system'", Refusal(NoSystem, Conversations.OfRoles(("system", "s"), ("user", "q"), ("assistant", "a"))), StringComparison.Ordinal);
        Assert.Equal("q‹/s›«a‹/s›»", Show(NoSystem, Conversations.OfRoles(("system", " "), ("user", "q"), ("assistant", "a"))));
    }

    [Fact]
    public void Developers_are_system_where_the_template_does_not_know_them()
    {
        ChatConversation chat = Conversations.OfRoles(("developer", "s"), ("user", "q"), ("assistant", "a"));
        Assert.StartsWith("<system>s", Show(Plain, chat), StringComparison.Ordinal);
        Assert.StartsWith("<developer>s", Show(Plain + "{# 'developer' #}", chat), StringComparison.Ordinal);
        ModelTokenizer qwen = new(new CodePointTokenizer(), [], Conversations.End, 3_000_000, new Dictionary<string, int> { ["<|im_start|>"] = 2_000_003, ["<|im_end|>"] = 2_000_004 });
        TokenizedDataset sequences = new ChatDataset([chat]).Tokenize(qwen, ChatTemplate.ChatMl, 100);
        Assert.Equal(new ChatDataset([Conversations.OfRoles(("system", "s"), ("user", "q"), ("assistant", "a"))]).Tokenize(qwen, ChatTemplate.ChatMl, 100)[0].InputIds.ToArray(), sequences[0].InputIds.ToArray());
    }

    [Theory]
    [InlineData("reasoning_content")]
    [InlineData("reasoning")]
    [InlineData("thinking")]
    public void Thoughts_go_where_the_template_puts_them_whatever_their_name(string name)
    {
        ChatConversation chat = Conversations.Of("q", "a");
        Assert.Equal("<user>q‹/s›<assistant>«<think>hm</think>a‹/s›»", Show(Thinking, With(chat, 1, name)));
        Assert.Contains($"has no place for '{name}' of message 1", Refusal(Plain, With(chat, 1, name)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<think>\nhm\n</think>\n\na")]
    [InlineData("hm\n</think>\n\na")]
    public void Thoughts_in_the_text_are_those_of_a_field(string content)
        => Assert.Equal(Show(Thinking, With(Conversations.Of("q", "a"), 1, "reasoning_content")), Show(Thinking, Conversations.Of("q", content)));

    [Fact]
    public void Answers_whose_thoughts_are_left_out_are_not_learned_and_counted()
    {
        ChatConversation chat = With(With(Conversations.Of("q", "a", "r", "b"), 1, "reasoning_content"), 3, "reasoning_content");
        TokenizedDataset sequences = new ChatDataset([chat]).Tokenize(Tokenizer, ChatTemplate.FromJinja(Thinking), 1_000);
        Assert.Equal("<user>q‹/s›<assistant>a‹/s›<user>r‹/s›<assistant>«<think>hm</think>b‹/s›»", sequences[0].Show());
        Assert.Contains("changed 1: answers not learned whose thoughts the template leaves out (chat.jsonl:1: message 1)", sequences.Report.ToString(), StringComparison.Ordinal);
        ChatConversation inText = Conversations.Of("q", "<think>x</think>a", "r", "<think>hm</think>b");
        Assert.Equal(sequences[0].Show(), Show(Thinking, inText));
    }

    [Fact]
    public void Each_turn_may_be_a_sequence_of_its_own()
    {
        ChatConversation chat = With(With(Conversations.Of("q", "a", "r", "b"), 1, "reasoning_content"), 3, "reasoning_content");
        TokenizedDataset sequences = new ChatDataset([chat]).Tokenize(Tokenizer, ChatTemplate.FromJinja(Thinking), new TokenizationOptions { EarlierThoughts = EarlierThoughts.SequencePerTurn });
        Assert.Equal(
            ["<user>q‹/s›<assistant>«<think>hm</think>a‹/s›»", "<user>q‹/s›<assistant>a‹/s›<user>r‹/s›<assistant>«<think>hm</think>b‹/s›»"],
            sequences.All().Select(sequence => sequence.Show()));
        Assert.Equal("chat.jsonl:1, turn 2", sequences.GetSource(1));
        Assert.Contains("changed 2: split into a sequence for each turn", sequences.Report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Earlier_thoughts_that_are_left_out_may_be_refused()
    {
        ChatConversation chat = With(Conversations.Of("q", "a", "r", "b"), 1, "reasoning_content");
        Assert.Contains("leaves out the thoughts of message 1", Assert.Throws<ChatDataException>(
            () => new ChatDataset([chat]).Tokenize(Tokenizer, ChatTemplate.FromJinja(Thinking), new TokenizationOptions { EarlierThoughts = EarlierThoughts.Refuse })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mix_keeps_calls_thoughts_and_what_is_not_learned()
    {
        ChatConversation chat = Calling("{\"n\": 1}", "null") with { Tools = Json(Tools), Variables = new Dictionary<string, JsonElement> { ["x"] = Json("1") } };
        ChatConversation other = chat with { Messages = [.. chat.Messages.Take(3), chat.Messages[3] with { IsLearned = false }] };
        using MixedChats mix = new DatasetMixer { Shuffle = false }.Add(new ChatDataset([chat, other, chat, new ChatConversation([], "t") { Text = new PlainText("a", "b") }])).Mix();
        ChatConversation[] mixed = [.. mix.Training];
        Assert.Equal([Show(Objects, chat), Show(Objects, other)], mixed[..2].Select(row => Show(Objects, row)));
        Assert.Equal(new PlainText("a", "b"), mixed[2].Text);
        Assert.Equal(chat.Variables["x"].GetRawText(), mixed[0].Variables["x"].GetRawText());
    }

    [Fact]
    public void What_is_written_as_JSON_Lines_is_read_again()
    {
        using TemporaryFolder folder = new();
        ChatConversation chat = With(Calling("{\"n\": 1}", "null"), 3, "reasoning_content") with { Tools = Json(Tools), Variables = new Dictionary<string, JsonElement> { ["x"] = Json("1") } };
        chat = chat with { Messages = [.. chat.Messages.Take(3), chat.Messages[3] with { IsLearned = false }] };
        ChatConversation text = new([], "t") { Text = new PlainText("", "b") };
        ChatJsonLines.Write(folder.File("a.jsonl"), [chat, text]);
        ChatJsonLines.Write(folder.File("b.jsonl"), ChatJsonLines.Read(folder.File("a.jsonl")));
        Assert.Equal(File.ReadAllText(folder.File("a.jsonl")), File.ReadAllText(folder.File("b.jsonl")));
        ChatConversation read = ChatJsonLines.Read(folder.File("b.jsonl")).First();
        Assert.Equal(("hm", false), (read.Messages[3].Fields["reasoning_content"].GetString(), read.Messages[3].IsLearned));
        Assert.Equal(JsonValueKind.Null, read.Messages[1].Fields["content"].ValueKind);
    }

    private static ChatConversation Calling(string arguments, string content) => new(
    [
        new ChatMessage("user", "Weather?"),
        new ChatMessage("assistant", Json(content).GetString() ?? "")
        {
            Fields = new Dictionary<string, JsonElement> { ["tool_calls"] = Json($$$"""[{"id":"1","type":"function","function":{"name":"get_weather","arguments":{{{arguments}}}}}]""") }
                .Concat(content == "null" ? [KeyValuePair.Create("content", Json("null"))] : []).ToDictionary(),
        },
        new ChatMessage("tool", "3 °C"),
        new ChatMessage("assistant", "3 °C."),
    ], "chat.jsonl:1");

    private static ChatConversation With(ChatConversation chat, int message, string field) => chat with
    {
        Messages = [.. chat.Messages.Select((m, i) => i != message ? m : m with { Fields = new Dictionary<string, JsonElement> { [field] = Json("\"hm\"") } })],
    };

    private static string Refusal(string template, ChatConversation chat)
    {
        string message = Assert.Throws<ChatDataException>(() => Show(template, chat)).Message;
        Assert.StartsWith("chat.jsonl:1: ", message, StringComparison.Ordinal);
        return message;
    }

    private static string Show(string template, ChatConversation chat)
        => Assert.Single(new ChatDataset([chat]).Tokenize(Tokenizer, ChatTemplate.FromJinja(template), 1_000).All()).Show();

    private static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;
}
