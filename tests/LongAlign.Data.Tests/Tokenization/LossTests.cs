using LongAlign.Sequences;

namespace LongAlign.Data.Tests;

/// <summary>Which messages are learned, with built-in templates, models' own, and templates of a user.</summary>
public sealed class LossTests
{
    private const string Rounds = "{% for m in messages %}{{ '[INST]' + m.content + '[/INST]' if m.role == 'user' else m.content + '</s>' }}{% endfor %}";

    private static readonly ModelTokenizer Tokenizer = new(new CodePointTokenizer(), [Conversations.Begin], Conversations.End, 3_000_000, new Dictionary<string, int> { ["</s>"] = Conversations.End });

    private static readonly ChatConversation Chat = Conversations.Of("a", "b", "c", "d");

    [Theory]
    [InlineData(LossOn.AllAssistant, "[INST]a[/INST]«b‹/s›»[INST]c[/INST]«d‹/s›»")]
    [InlineData(LossOn.LastAssistant, "[INST]a[/INST]b‹/s›[INST]c[/INST]«d‹/s›»")]
    [InlineData(LossOn.Everything, "«[INST]a[/INST]b‹/s›[INST]c[/INST]d‹/s›»")]
    public void The_loss_is_on_answers_the_last_one_or_everything(LossOn loss, string expected)
        => Each(Chat, loss, expected);

    [Theory]
    [InlineData(LossOn.AllAssistant, "[INST]a[/INST]b‹/s›[INST]c[/INST]«d‹/s›»")]
    [InlineData(LossOn.Everything, "«[INST]a[/INST]»b‹/s›«[INST]c[/INST]d‹/s›»")]
    public void A_message_that_is_not_learned_is_context(LossOn loss, string expected)
        => Each(Chat with { Messages = [Chat.Messages[0], Chat.Messages[1] with { IsLearned = false }, .. Chat.Messages.Skip(2)] }, loss, expected);

    [Fact]
    public void A_row_of_which_nothing_is_learned_is_left_out()
    {
        ChatConversation chat = Chat with { Messages = [.. Chat.Messages.Select(message => message with { IsLearned = false })] };
        StreamedSequences sequences = new ChatDataset([chat]).TokenizeStreaming(Tokenizer, ChatTemplate.FromJinja(Rounds), new TokenizationOptions());
        Assert.Empty(sequences);
        Assert.Equal("no target token is left", Assert.Single(sequences.Report.Skipped).Reason);
    }

    [Fact]
    public void A_generation_block_says_what_is_learned_of_messages_that_are()
    {
        ChatTemplate template = ChatTemplate.FromJinja("{% for m in messages %}{% if m.role == 'user' %}{{ '[' + m.content + ']' }}{% else %}{% generation %}{{ m.content + '</s>' }}{% endgeneration %}{% endif %}{% endfor %}");
        ChatConversation chat = Chat with { Messages = [Chat.Messages[0], Chat.Messages[1] with { IsLearned = false }, .. Chat.Messages.Skip(2)] };
        Assert.Equal("[a]b‹/s›[c]«d‹/s›»", Show(chat, template, LossOn.AllAssistant));
    }

    [Fact]
    public void A_template_that_does_not_say_which_answer_is_whose_is_refused_where_it_matters()
    {
        ChatConversation chat = Chat with { Messages = [.. Chat.Messages.Take(1), Chat.Messages[1] with { IsLearned = false }, .. Chat.Messages.Skip(2)] };
        Assert.Equal("abcd".Length + 2, new ChatDataset([Chat]).Tokenize(Tokenizer, new OneAnswer(), 100)[0].Length);
        ChatDataException e = Assert.Throws<ChatDataException>(() => new ChatDataset([chat]).Tokenize(Tokenizer, new OneAnswer(), 100));
        Assert.Contains("renders 1 answers of 2 messages of the assistant", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_is_learned_as_it_is_with_an_end_behind_it()
    {
        ChatConversation prompt = new([], "p") { Text = new PlainText("Name a colour:", " Red") };
        Assert.Equal("‹s›Name a colour:« Red‹/s›»", Show(prompt, ChatTemplate.ChatMl, LossOn.AllAssistant, Qwen()));
        Assert.Equal("‹s›«Name a colour: Red‹/s›»", Show(prompt, ChatTemplate.ChatMl, LossOn.Everything, Qwen()));
        ChatConversation text = new([], "t") { Text = new PlainText("", "Once <|im_end|>") };
        Assert.Equal("‹s›«Once <|im_end|>‹/s›»", Show(text, ChatTemplate.ChatMl, LossOn.LastAssistant, Qwen()));
        Assert.Equal("‹s›«Once <|im_end|>‹/s›»", Show(text, ChatTemplate.LongAlignLlamaReference, LossOn.AllAssistant, Tokenizer));
    }

    [Theory]
    [InlineData(OverlongConversation.CutDocument, "‹s›«" + "0123456789" + "‹/s›»")]
    [InlineData(OverlongConversation.TruncateLeft, "‹s›«yyyyyyyyyy‹/s›»")]
    public void A_text_that_is_too_long_loses_its_prompt_or_its_beginning(OverlongConversation overlong, string expected)
    {
        string completion = overlong == OverlongConversation.CutDocument ? "0123456789" : new string('x', 50) + new string('y', 10);
        ChatConversation chat = new([], "p") { Text = new PlainText(overlong == OverlongConversation.CutDocument ? new string('p', 300) : "", completion) };
        int length = overlong == OverlongConversation.CutDocument ? 112 : 12;
        TokenSequence sequence = new ChatDataset([chat]).Tokenize(Tokenizer, ChatTemplate.LongAlignLlama, new TokenizationOptions { MaxLength = length, Overlong = overlong })[0];
        Assert.Equal(expected, sequence.Show().Replace("p", "", StringComparison.Ordinal));
        Assert.Equal(length, sequence.Length);
    }

    private static ModelTokenizer Qwen() => new(new CodePointTokenizer(), [Conversations.Begin], Conversations.End, 3_000_000, new Dictionary<string, int> { ["<|im_start|>"] = 2_000_003, ["<|im_end|>"] = 2_000_004 });

    private static void Each(ChatConversation chat, LossOn loss, string expected)
    {
        Assert.Equal(expected, Show(chat, ChatTemplate.FromJinja(Rounds), loss));
        string builtIn = Show(chat, ChatTemplate.LongAlignLlama, loss).Replace("\n\n", "", StringComparison.Ordinal);
        Assert.Equal("‹s›" + expected, builtIn);
    }

    private static string Show(ChatConversation chat, ChatTemplate template, LossOn loss, ModelTokenizer? tokenizer = null)
        => Assert.Single(new ChatDataset([chat]).Tokenize(tokenizer ?? Tokenizer, template, new TokenizationOptions { LossOn = loss }).All()).Show();

    private sealed class OneAnswer() : ChatTemplate("one")
    {
        public override IReadOnlyList<ChatSegment> Render(ChatConversation conversation)
            => [ChatSegment.Plain(string.Concat(conversation.Messages.Take(3).Select(message => message.Content))), ChatSegment.Answer(conversation.Messages[^1].Content)];
    }
}
