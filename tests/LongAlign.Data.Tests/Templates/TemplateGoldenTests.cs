using System.Text;
using System.Text.Json;
using LongAlign.Sequences;

namespace LongAlign.Data.Tests;

/// <summary>The built-in templates render what the models' own Jinja templates do, and their targets are the answers.</summary>
[Trait("Category", "Golden")]
public sealed class TemplateGoldenTests
{
    /// <summary>Qwen 3 learns to have no thoughts.</summary>
    private const string NoThoughts = "<think>\n\n</think>\n\n";

    private static readonly ChatConversation[] Chats = [.. GoldenFiles.Read("chats.json").EnumerateArray().Select(
        (chat, i) => new ChatConversation([.. chat.EnumerateArray().Select(m => new ChatMessage(m[0].GetString()!, m[1].GetString()!))], $"chats.json({i})"))];

    private static readonly ModelTokenizer Tokenizer = new(new CodePointTokenizer(), [Conversations.Begin], Conversations.End, 3_000_000, new Dictionary<string, int>
    {
        ["<s>"] = Conversations.Begin,
        ["[INST]"] = 2_000_001,
        ["[/INST]"] = 2_000_002,
        ["<|im_start|>"] = 2_000_003,
        ["<|im_end|>"] = 2_000_004,
        ["<|begin_of_text|>"] = 2_000_005,
        ["<|start_header_id|>"] = 2_000_006,
        ["<|end_header_id|>"] = 2_000_007,
        ["<|eot_id|>"] = 2_000_008,
    });

    public static TheoryData<string> Names => ["ChatMl", "Llama2", "Llama3", "Llama31", "Qwen25", "Qwen3", "Mistral"];

    private static ChatTemplate[] All =>
    [
        ChatTemplate.ChatMl, ChatTemplate.Llama2, ChatTemplate.Llama3, ChatTemplate.Llama31, ChatTemplate.Qwen25, ChatTemplate.Qwen3,
        ChatTemplate.Mistral, ChatTemplate.MistralV3, ChatTemplate.LongAlignLlama, ChatTemplate.LongAlignChatGlm,
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void Text_equals_that_of_the_models_own_template(string name)
    {
        string?[] expected = GoldenFiles.Read("templates.json").GetProperty(name).Deserialize<string?[]>()!;
        Assert.Equal(Chats.Length, expected.Length);
        Assert.True(expected.Count(text => text is not null) >= 3);
        for (int i = 0; i < Chats.Length; i++)
        {
            if (expected[i] is not null)
            {
                Assert.Equal(expected[i], Text(Of(name), Chats[i]));
            }
        }
    }

    [Fact]
    public void Targets_are_the_answers_and_their_ends_in_every_template()
    {
        foreach (ChatTemplate template in All)
        {
            ChatConversation chat = Conversations.Of("Question <|im_end|></s>", "First", "Other", "Second <s>");
            int[] labels = [.. new ChatDataset([chat]).Tokenize(Tokenizer, template, 10_000)[0].Labels.ToArray().Where(label => label != -100)];
            int end = template.EndOfTurn is { } name ? Tokenizer.SpecialTokens[name] : Conversations.End;
            Assert.Equal(2, labels.Count(label => label == end));
            Assert.Equal(end, labels[^1]);
            string[] answers = [.. string.Concat(labels.Select(label => label == end ? "|" : char.ConvertFromUtf32(label - 100))).Split('|').Select(answer => answer.Replace(NoThoughts, "", StringComparison.Ordinal).Trim())];
            Assert.Equal(["First", "Second <s>", ""], answers);
        }
    }

    [Fact]
    public void A_prompt_has_the_ids_that_stand_before_its_answer_in_training()
    {
        foreach (ChatTemplate template in All)
        {
            ChatConversation chat = Conversations.Of("One", "Answer", "Two", "Last answer");
            int[] whole = new ChatDataset([chat]).Tokenize(Tokenizer, template, 10_000)[0].InputIds.ToArray();
            int[] prompt = template.EncodePrompt(Tokenizer, [.. chat.Messages.Take(3)]);
            Assert.Equal(whole[..prompt.Length], prompt);
            Assert.StartsWith("Last answer", new CodePointTokenizer().Decode(whole[prompt.Length..]).Replace(NoThoughts, "", StringComparison.Ordinal).TrimStart(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Segments_have_the_ids_of_the_whole_text_between_special_tokens()
    {
        ModelTokenizer qwen = ModelTokenizer.Load(Path.Combine(GoldenFiles.Folder, "small-qwen"));
        foreach (ChatConversation chat in Chats.Where(chat => chat.Messages.All(m => m.Content == m.Content.Trim())))
        {
            List<int> ids = [];
            StringBuilder text = new();
            foreach (ChatSegment segment in ChatTemplate.ChatMl.Render(chat))
            {
                text.Append(segment.IsSpecial ? "" : segment.Text);
                if (segment.IsSpecial || segment.IsAnswer)
                {
                    ids.AddRange(qwen.Encode(text.ToString()));
                    ids.Add(segment.IsSpecial ? qwen.SpecialTokens[segment.Text] : qwen.SpecialTokens["<|im_end|>"]);
                    text.Clear();
                }
            }

            ids.AddRange(qwen.Encode(text.ToString()));
            Assert.Equal(ids, new ChatDataset([chat]).Tokenize(qwen, ChatTemplate.ChatMl, 10_000)[0].InputIds.ToArray());
        }
    }

    [Fact]
    public void A_SentencePiece_answer_of_Llama_2_has_the_ids_of_the_whole_text()
    {
        ModelTokenizer llama = ModelTokenizer.Load(SampleData.TinyLlama);
        int[] ids = new ChatDataset([Conversations.Of("Who sailed?", "The whale did.")]).Tokenize(llama, ChatTemplate.Llama2, 1_000)[0].InputIds.ToArray();
        Assert.Equal([1, .. llama.Encode("[INST] Who sailed? [/INST] The whale did. "), 2], ids);
    }

    [Fact]
    public void Thoughts_of_the_last_answer_are_learned_and_earlier_ones_left_out()
    {
        ChatConversation chat = Conversations.Of("a", "<think>\nhm\n</think>\n\nb", "c", "<think>\nso\n</think>\n\nd");
        Assert.Equal(
            "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb<|im_end|>\n<|im_start|>user\nc<|im_end|>\n<|im_start|>assistant\n<think>\nso\n</think>\n\nd<|im_end|>\n",
            Text(ChatTemplate.Qwen3, chat));
        Assert.Equal("<think>\nso\n</think>\n\nd", ChatTemplate.Qwen3.Render(chat).Last(segment => segment.IsAnswer).Text);

        // As the model's own template has it: the answer is behind the last end, the thoughts before the first.
        ChatConversation twice = Conversations.Of("a", "<think>\nhm\n</think>\n\nor </think>\n\nb");
        Assert.Equal("<think>\nhm\n</think>\n\nb", ChatTemplate.Qwen3.Render(twice).Single(segment => segment.IsAnswer).Text);
    }

    [Fact]
    public void An_empty_answer_and_its_end_are_no_targets_in_any_template()
    {
        foreach (ChatTemplate template in All)
        {
            TokenSequence sequence = new ChatDataset([Conversations.Of("a", "", "b", "c")]).Tokenize(Tokenizer, template, 10_000)[0];
            int end = template.EndOfTurn is { } name ? Tokenizer.SpecialTokens[name] : Conversations.End;
            Assert.Equal(1, sequence.Labels.Count(end));
            Assert.Equal("c", new CodePointTokenizer().Decode([.. sequence.Labels.ToArray().Where(label => label != -100 && label != end)]).Replace(NoThoughts, "", StringComparison.Ordinal).Trim());
        }
    }

    [Theory]
    [InlineData("user,user,assistant", "roles not in turn")]
    [InlineData("system,assistant", "roles not in turn")]
    [InlineData("user,system,assistant", "roles not in turn")]
    [InlineData("system", "no answer at the end")]
    [InlineData("user", "no answer at the end")]
    public void What_has_no_place_is_refused_with_line_and_reason(string roles, string reason)
    {
        foreach (ChatTemplate template in All.Where(t => !t.Name.StartsWith("LongAlign", StringComparison.Ordinal)))
        {
            ChatConversation chat = Conversations.OfRoles([.. roles.Split(',').Select(role => (role, "text"))]);
            ChatDataException error = Assert.Throws<ChatDataException>(() => template.Render(chat));
            Assert.Equal((reason, "chat.jsonl:1"), (error.Reason, error.DataSource));
            Assert.Contains(template.Name, reason == "roles not in turn" ? error.Message : template.Name, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Messages_of_one_role_are_merged_where_that_is_chosen()
    {
        ChatConversation chat = Conversations.OfRoles(("user", "a"), ("user", "b"), ("assistant", "c"), ("assistant", "d"));
        TokenizationOptions options = new() { ConsecutiveRoles = ConsecutiveRoles.Merge };
        Assert.Equal("‹s›[INST]a\n\nb[/INST]«c\n\nd‹/s›»", new ChatDataset([chat]).Tokenize(Tokenizer, ChatTemplate.LongAlignLlama, options)[0].Show());
        Assert.Throws<ChatDataException>(() => new ChatDataset([chat]).Tokenize(Tokenizer, ChatTemplate.LongAlignLlama, new TokenizationOptions()));
    }

    [Fact]
    public void A_tokenizer_without_the_templates_special_tokens_is_refused()
        => Assert.Contains("no special token '<|im_start|>', which the template ChatMl needs", Assert.Throws<ArgumentException>(
            () => new ChatDataset([]).Tokenize(Conversations.Tokenizer, ChatTemplate.ChatMl, 100)).Message, StringComparison.Ordinal);

    private static ChatTemplate Of(string name) => All.Single(template => template.Name == name);

    private static string Text(ChatTemplate template, ChatConversation chat) => (template.BeginsWithPrefix ? "<s>" : "")
        + string.Concat(template.Render(chat).Select(segment => segment.Text + (segment.IsAnswer ? template.EndOfTurn ?? "</s>" : "")));
}
