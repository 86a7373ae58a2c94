using System.Text.Json;
using System.Text.Json.Nodes;
using LongAlign.Data.Templates.Jinja;

namespace LongAlign.Data.Tests;

/// <summary>Chat templates are read from models' folders, and saved into those of trained models.</summary>
public sealed class ChatTemplateFolderTests : IDisposable
{
    private const string Template = "{{ bos_token }}{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}";

    private static readonly ChatConversation Chat = Conversations.Of("a", "b");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_forms_in_which_folders_have_templates_are_read_in_Transformers_order()
    {
        Assert.False(ChatTemplate.Exists(_folder));
        Assert.Contains("ChatTemplate.LongAlignLlama", Assert.Throws<FileNotFoundException>(() => ChatTemplate.Load(_folder)).Message, StringComparison.Ordinal);
        Write(new { chat_template = Template, bos_token = "<s>", eos_token = new { content = "</s>" } });
        Assert.True(ChatTemplate.Exists(_folder));
        Assert.Equal("<s>a</s>b</s>", Text(ChatTemplate.Load(_folder)));
        Write(new { chat_template = new[] { new { name = "tool_use", template = "tools" }, new { name = "default", template = "default" } } });
        Assert.Equal("default", Text(ChatTemplate.Load(_folder)));
        Assert.Equal("tools", Text(ChatTemplate.Load(_folder, new ChatTemplateOptions { TemplateName = "tool_use" })));
        Assert.Contains("it has tool_use, default", Assert.Throws<InvalidDataException>(() => ChatTemplate.Load(_folder, new ChatTemplateOptions { TemplateName = "rag" })).Message, StringComparison.Ordinal);
        _folder.Write("chat_template.json", """{"chat_template": "json"}""");
        Assert.Equal("json", Text(ChatTemplate.Load(_folder)));
        _folder.Write("chat_template.jinja", "jinja");
        Assert.Equal("jinja", Text(ChatTemplate.Load(_folder)));
    }

    [Fact]
    public void Options_reach_the_template()
    {
        Write(new { chat_template = "{{ bos_token }}{{ thinking }}{{ level }}{{ names.a }}{{ strftime_now('%Y') }}", bos_token = "<s>" });
        using JsonDocument names = JsonDocument.Parse("""{"a": "x"}""");
        ChatTemplate template = ChatTemplate.Load(_folder, new ChatTemplateOptions
        {
            SpecialTokens = new Dictionary<string, string> { ["bos_token"] = "<begin>" },
            Variables = new Dictionary<string, object?> { ["thinking"] = false, ["level"] = 3, ["names"] = names.RootElement },
            Clock = new Clock(),
        });
        Assert.Equal("<begin>False3x2031", Text(template));
    }

    [Fact]
    public void A_wrong_template_or_a_damaged_file_is_refused_by_its_name()
    {
        string jinja = _folder.Write("chat_template.jinja", "\n{% if %}");
        Assert.StartsWith($"{jinja}: template line 2, column 7", Assert.Throws<JinjaException>(() => ChatTemplate.Load(_folder)).Message, StringComparison.Ordinal);
        File.Delete(jinja);
        Write(new { chat_template = 5 });
        Assert.Contains("tokenizer_config.json: chat_template is neither", Assert.Throws<InvalidDataException>(() => ChatTemplate.Load(_folder)).Message, StringComparison.Ordinal);
        _folder.Write("tokenizer_config.json", "{");
        Assert.Contains("tokenizer_config.json is not JSON", Assert.Throws<InvalidDataException>(() => ChatTemplate.Load(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_folders_template_is_the_default()
    {
        foreach (string file in Directory.GetFiles(Path.Combine(GoldenFiles.Folder, "small-qwen")))
        {
            _folder.Write(Path.GetFileName(file), File.ReadAllBytes(file));
        }

        ModelTokenizer tokenizer = ModelTokenizer.Load(_folder);
        ChatDataset chats = new([Chat]);
        Assert.Contains("has no chat template", Assert.Throws<ArgumentException>(() => chats.Tokenize(tokenizer, 100)).Message, StringComparison.Ordinal);
        _folder.Write("chat_template.jinja", "{% for m in messages %}{{ m.role + ': ' + m.content + '<|im_end|>' }}{% endfor %}");
        Assert.Equal([.. tokenizer.Encode("user: a"), tokenizer.SpecialTokens["<|im_end|>"], .. tokenizer.Encode("assistant: b"), tokenizer.SpecialTokens["<|im_end|>"]], chats.Tokenize(tokenizer, 100)[0].InputIds.ToArray());
    }

    [Fact]
    public void A_saved_template_renders_what_the_built_in_one_does_and_names_its_end()
    {
        Dictionary<string, int> tokens = new()
        {
            ["<s>"] = Conversations.Begin,
            ["</s>"] = Conversations.End,
            ["<|im_start|>"] = 2_000_003,
            ["<|im_end|>"] = 2_000_004,
            ["<|begin_of_text|>"] = 2_000_005,
            ["<|start_header_id|>"] = 2_000_006,
            ["<|end_header_id|>"] = 2_000_007,
            ["<|eot_id|>"] = 2_000_008,
        };
        ChatConversation[] chats =
        [
            Conversations.Of("One it's", "First\nline", " Two ", "Second"),
            Conversations.Of("a", "<think>\nhm\n</think>\n\nb", "c", "<think>\nso\n</think>\n\nd"),
            Conversations.OfRoles(("system", "Be \\brief"), ("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")),
        ];
        foreach (ChatTemplate template in ChatTemplate.BuiltIn)
        {
            // A tokenizer with markers as special tokens takes those of the paper's template for such, as it would anywhere.
            Dictionary<string, int> all = template == ChatTemplate.MistralV3 ? new(tokens) { ["[INST]"] = 2_000_001, ["[/INST]"] = 2_000_002 } : tokens;
            ModelTokenizer tokenizer = new(new CodePointTokenizer(), [Conversations.Begin], Conversations.End, 3_000_000, all);
            Write(new { bos_token = "<s>", other = 1 });
            template.Save(_folder, tokenizer);
            ChatTemplate saved = ChatTemplate.Load(_folder);
            foreach (ChatConversation chat in chats.Where(chat => template.HasSystemMessages || chat.Messages[0].Role != "system"))
            {
                Assert.Equal(Ids(tokenizer, template, chat), Ids(tokenizer, saved, chat));
                Assert.Equal(template.EncodePrompt(tokenizer, [.. chat.Messages.SkipLast(1)]), saved.EncodePrompt(tokenizer, [.. chat.Messages.SkipLast(1)]));
            }

            Assert.Equal(template.GetStopTokenIds(tokenizer), saved.GetStopTokenIds(tokenizer));
            Assert.Equal(template.HasSystemMessages, saved.HasSystemMessages);
            using JsonDocument generation = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_folder, "generation_config.json")));
            JsonElement ends = generation.RootElement.GetProperty("eos_token_id");
            Assert.Equal(template.GetStopTokenIds(tokenizer), ends.ValueKind == JsonValueKind.Array ? ends.EnumerateArray().Select(id => id.GetInt32()) : [ends.GetInt32()]);
            Assert.Contains("\"other\": 1", File.ReadAllText(Path.Combine(_folder, "tokenizer_config.json")), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("spm-bpe-user-defined", false)]
    [InlineData("spm-bpe-user-defined", true)]
    [InlineData("sp-metaspace-first", false)]
    [InlineData("bl-split-cl100k", false)]
    public void A_saved_template_has_the_ids_of_the_built_in_one_also_where_texts_begin_with_a_space(string name, bool isNew)
    {
        string[] names = ["<|im_start|>", "<|im_end|>", "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"];
        foreach (string file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "golden", "tokenizers", name)))
        {
            File.Copy(file, _folder.File(Path.GetFileName(file)), overwrite: true);
        }

        int count = ModelTokenizer.Load(_folder).VocabularySize;
        JsonObject config = JsonNode.Parse(File.ReadAllText(_folder.File("tokenizer_config.json")))!.AsObject();
        JsonObject added = (JsonObject?)config["added_tokens_decoder"] ?? [];
        foreach (string token in names)
        {
            added[$"{count++}"] = new JsonObject { ["content"] = token, ["special"] = true };
        }

        config["added_tokens_decoder"] = added;
        config["legacy"] = !isNew;
        File.WriteAllText(_folder.File("tokenizer_config.json"), config.ToJsonString());
        ModelTokenizer tokenizer = ModelTokenizer.Load(_folder);
        ChatConversation[] chats = [Conversations.Of("one it's", "and so\nline", "two", "so and"), Conversations.Of("a", "b")];
        int compared = 0;

        // Qwen 3 begins an answer with <think>, an added token of one of these, and has no tokenizer that begins texts with a space.
        foreach (ChatTemplate template in ChatTemplate.BuiltIn.Where(template => template != ChatTemplate.Qwen3 && template.RequiredTokens.All(tokenizer.SpecialTokens.ContainsKey)))
        {
            template.Save(_folder, tokenizer);
            ChatTemplate saved = ChatTemplate.Load(_folder);
            foreach (ChatConversation chat in chats)
            {
                Assert.Equal(Ids(tokenizer, template, chat), Ids(tokenizer, saved, chat));
                Assert.Equal(template.EncodePrompt(tokenizer, [.. chat.Messages.SkipLast(1)]), saved.EncodePrompt(tokenizer, [.. chat.Messages.SkipLast(1)]));
                compared++;
            }
        }

        Assert.True(compared >= 10, $"{compared} compared");
    }

    private static int[] Ids(ModelTokenizer tokenizer, ChatTemplate template, ChatConversation chat) => new ChatDataset([chat]).Tokenize(tokenizer, template, 10_000)[0].InputIds.ToArray();

    [Fact]
    public void A_template_may_be_a_class_of_ones_own()
    {
        ChatTemplate own = new QuestionAndAnswer();
        Assert.Equal("‹s›Q: one\nA: «two‹/s›»Q: three\nA: «four‹/s›»", Conversations.Tokenize(Conversations.Of("one", "two", "three", "four"), own).Show());
        Assert.Equal("‹s›Q: one\nA: ".Length - 2, own.EncodePrompt(Conversations.Tokenizer, new ChatMessage("user", "one")).Length);
        Assert.Throws<NotSupportedException>(() => own.Save(_folder, Conversations.Tokenizer));
    }

    private static string Text(ChatTemplate template) => string.Concat(template.Render(Chat).Select(segment => segment.Text));

    private void Write(object config) => _folder.Write("tokenizer_config.json", JsonSerializer.Serialize(config));

    private sealed class QuestionAndAnswer() : ChatTemplate("QuestionAndAnswer")
    {
        public override IReadOnlyList<ChatSegment> Render(ChatConversation conversation) =>
        [
            .. conversation.Messages.Select(message => message.Role == "assistant"
                ? ChatSegment.Answer(message.Content)
                : ChatSegment.Plain($"Q: {message.Content}\nA: ")),
        ];
    }

    private sealed class Clock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2031, 6, 1, 12, 0, 0, TimeSpan.Zero);
    }
}
