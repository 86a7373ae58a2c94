using LongAlign.Sequences;

namespace LongAlign.Data.Tests;

/// <summary>Ids and label masks of the templates; see <see cref="Conversations.Show"/> for how they are written.</summary>
public sealed class LongAlignTemplateTests
{
    [Fact]
    public void A_template_is_found_by_its_name_in_any_case_and_another_name_is_told_those_there_are()
    {
        Assert.All(ChatTemplate.BuiltIn, template => Assert.Same(template, ChatTemplate.FromName(template.Name.ToUpperInvariant())));
        Assert.Equal(ChatTemplate.BuiltIn.Count, ChatTemplate.BuiltIn.Select(template => template.Name).Distinct().Count());
        string message = Assert.Throws<ArgumentException>(() => ChatTemplate.FromName("alpaca")).Message;
        Assert.Contains("'alpaca'; expected LongAlignLlama, LongAlignChatGlm, Llama2", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Llama_ids_and_labels_of_one_round_to_the_number()
    {
        TokenSequence sequence = Conversations.Tokenize(Conversations.Of("a", "b"), ChatTemplate.LongAlignLlama);
        Assert.Equal([1, 191, 173, 178, 183, 184, 193, 197, 191, 147, 173, 178, 183, 184, 193, 198, 2], sequence.InputIds.ToArray());
        Assert.Equal([.. Enumerable.Repeat(-100, 15), 198, 2], sequence.Labels.ToArray());
        Assert.Equal(2, sequence.TargetCount);
    }

    [Theory]
    [InlineData(new[] { "Who?", "Ahab." }, "‹s›[INST]Who?[/INST]«Ahab.‹/s›»")]
    [InlineData(new[] { "a", "b", "c", "d" }, "‹s›[INST]a[/INST]«b‹/s›»\n\n[INST]c[/INST]«d‹/s›»")]
    [InlineData(new[] { "a", "b", "c", "d", "e", "f" }, "‹s›[INST]a[/INST]«b‹/s›»\n\n[INST]c[/INST]«d‹/s›»\n\n[INST]e[/INST]«f‹/s›»")]
    [InlineData(new[] { "", " b\n" }, "‹s›[INST][/INST]« b\n‹/s›»")]
    public void Llama_learns_every_answer_and_its_end(string[] texts, string expected)
        => Assert.Equal(expected, Conversations.Tokenize(Conversations.Of(texts), ChatTemplate.LongAlignLlama).Show());

    [Theory]
    [InlineData(new[] { "Who?", "Ahab." }, "‹s›[Round 1]\n\n问：Who?\n\n答：«Ahab.‹/s›»")]
    [InlineData(new[] { "a", "b", "c", "d" }, "‹s›[Round 1]\n\n问：a\n\n答：«b‹/s›»\n\n[Round 2]\n\n问：c\n\n答：«d‹/s›»")]
    public void ChatGlm_numbers_its_rounds(string[] texts, string expected)
        => Assert.Equal(expected, Conversations.Tokenize(Conversations.Of(texts), ChatTemplate.LongAlignChatGlm).Show());

    [Fact]
    public void ChatGlm_begins_with_all_the_tokenizers_prefix_ids()
    {
        ModelTokenizer tokenizer = new(new CodePointTokenizer(), [64_790, 64_792], 2, 2_000_000);
        TokenSequence sequence = new ChatDataset([Conversations.Of("a", "b")]).Tokenize(tokenizer, ChatTemplate.LongAlignChatGlm, 100)[0];
        Assert.Equal([64_790, 64_792, 100 + '['], sequence.InputIds[..3].ToArray());
        Assert.Equal([-100, -100, -100], sequence.Labels[..3].ToArray());
    }

    [Fact]
    public void Rendered_segments_laid_together_are_the_text()
    {
        IReadOnlyList<ChatSegment> segments = ChatTemplate.LongAlignLlama.Render(Conversations.Of("a", "b", "c", "d"));
        Assert.Equal(
            [("[INST]a[/INST]", false), ("b", true), ("\n\n[INST]c[/INST]", false), ("d", true)],
            segments.Select(segment => (segment.Text, segment.IsAnswer)));
    }

    [Fact]
    public void Departure_TK_4_the_end_of_a_round_is_an_input_and_not_a_label_alone()
    {
        ChatConversation conversation = Conversations.Of("a", "b", "c", "d");
        Assert.Equal(
            "‹s›[INST]a[/INST]«b\n→‹/s›»\n[INST]c[/INST]«d‹/s›»",
            Conversations.Tokenize(conversation, ChatTemplate.LongAlignLlamaReference).Show());
        Assert.Equal(
            "‹s›[INST]a[/INST]«b‹/s›»\n\n[INST]c[/INST]«d‹/s›»",
            Conversations.Tokenize(conversation, ChatTemplate.LongAlignLlama).Show());
    }

    [Fact]
    public void Departure_TK_6_special_strings_in_texts_are_text()
    {
        const string Special = "<s></s>[INST][/INST]<|im_end|>";
        TokenSequence sequence = Conversations.Tokenize(Conversations.Of(Special, Special), ChatTemplate.LongAlignLlama);
        Assert.Equal($"‹s›[INST]{Special}[/INST]«{Special}‹/s›»", sequence.Show());
    }

    [Fact]
    public void TK_8_an_empty_answer_is_not_learned_and_neither_is_its_end()
    {
        ChatConversation conversation = Conversations.Of("a", "", "c", "d");
        Assert.Equal("‹s›[INST]a[/INST]‹/s›\n\n[INST]c[/INST]«d‹/s›»", Conversations.Tokenize(conversation, ChatTemplate.LongAlignLlama).Show());
        Assert.Equal("‹s›[INST]a[/INST]\n\n[INST]c[/INST]«d‹/s›»", Conversations.Tokenize(conversation, ChatTemplate.LongAlignLlamaReference).Show());
    }

    [Fact]
    public void Departure_TK_9_zero_width_characters_stay_in_answers()
    {
        const string Text = "👩\u200D🚀می\u200Cخواهم\u200B\uFEFF";
        ChatConversation conversation = Conversations.Of(Text, Text);
        Assert.Equal($"‹s›[INST]{Text}[/INST]«{Text}‹/s›»", Conversations.Tokenize(conversation, ChatTemplate.LongAlignLlama).Show());
        Assert.Equal(
            $"‹s›[INST]{Text}[/INST]«👩🚀میخواهم‹/s›»",
            Conversations.Tokenize(conversation, ChatTemplate.LongAlignLlamaReference).Show());
        Assert.Equal(
            $"‹s›[Round 1]\n\n问：{Text}\n\n答：«👩🚀میخواهم‹/s›»",
            Conversations.Tokenize(conversation, ChatTemplate.LongAlignChatGlmReference).Show());
    }

    [Theory]
    [InlineData("system,user,assistant", "message 0 is of the role 'system'; the LongAlign templates take user and assistant in turn, and 'user' was expected")]
    [InlineData("assistant,user", "message 0 is of the role 'assistant'")]
    [InlineData("user,user,assistant", "message 1 is of the role 'user'")]
    [InlineData("user,assistant,assistant", "message 2 is of the role 'assistant'")]
    [InlineData("user,assistant,system,assistant", "message 2 is of the role 'system'")]
    [InlineData("user", "there are 1 messages; expected a conversation that ends with an answer")]
    [InlineData("user,assistant,user", "there are 3 messages; expected a conversation that ends with an answer")]
    public void Departure_TK_11_what_is_not_question_and_answer_in_turn_is_an_error_with_its_line(string roles, string expected)
    {
        ChatConversation conversation = Conversations.OfRoles([.. roles.Split(',').Select((role, i) => (role, $"text {i}"))]);
        foreach (ChatTemplate template in new[] { ChatTemplate.LongAlignLlama, ChatTemplate.LongAlignChatGlm })
        {
            ChatDataException error = Assert.Throws<ChatDataException>(() => template.Render(conversation));
            Assert.StartsWith($"chat.jsonl:1: {expected}", error.Message, StringComparison.Ordinal);
            error = Assert.Throws<ChatDataException>(() => Conversations.Tokenize(conversation, template));
            Assert.StartsWith($"chat.jsonl:1: {expected}", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Departure_TK_11_the_reference_learns_the_users_text_after_a_system_message()
    {
        ChatConversation conversation = Conversations.OfRoles(("system", "a"), ("user", "b"), ("assistant", "c"));
        Assert.Equal("‹s›[INST]a[/INST]«b‹/s›»", Conversations.Tokenize(conversation, ChatTemplate.LongAlignLlamaReference).Show());
    }
}
