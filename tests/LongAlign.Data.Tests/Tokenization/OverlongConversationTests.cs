using LongAlign.Sequences;

namespace LongAlign.Data.Tests;

/// <summary>‹s›[INST]abcdef[/INST]«xyz‹/s›»: 24 tokens, the answer's are the last four.</summary>
public sealed class OverlongConversationTests
{
    private const int Length = 24;

    private static readonly ChatConversation Conversation = Conversations.Of("abcdef", "xyz") with { Source = "long.jsonl:7" };
    private static readonly ChatConversation Other = Conversations.Of("a", "b");

    [Theory]
    [InlineData(OverlongConversation.Throw)]
    [InlineData(OverlongConversation.TruncateRight)]
    [InlineData(OverlongConversation.TruncateLeft)]
    [InlineData(OverlongConversation.Drop)]
    public void Departure_TK_13_a_conversation_of_just_the_longest_length_stays_whole(OverlongConversation policy)
    {
        TokenizedDataset dataset = Tokenize(Length, policy);
        Assert.Equal("‹s›[INST]abcdef[/INST]«xyz‹/s›»", dataset[0].Show());
        Assert.Empty(dataset.Report.Changed);
        Assert.Empty(dataset.Report.Skipped);
    }

    [Fact]
    public void Too_long_is_an_error_where_that_is_chosen_that_names_line_length_and_limit()
    {
        ChatDataException error = Assert.Throws<ChatDataException>(
            () => Tokenize(Length - 1, OverlongConversation.Throw));
        Assert.StartsWith("long.jsonl:7: the conversation has 24 tokens; expected 23 at the most.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_faults_the_first_is_named()
    {
        IEnumerable<ChatConversation> conversations = Enumerable.Range(1, 100).Select(line => line switch
        {
            30 or 60 or 90 => Conversations.Of("a", "bcdefghijklmnopqrstuvw") with { Source = $"chat.jsonl:{line}" },
            _ => Other,
        });
        Assert.StartsWith("chat.jsonl:30:", Assert.Throws<ChatDataException>(() => Tokenize(conversations)).Message, StringComparison.Ordinal);
        IEnumerable<ChatConversation> failing = conversations.Take(20).Append(null!).Select(conversation => conversation ?? throw new IOException("The disk is gone."));
        Assert.Equal("The disk is gone.", Assert.Throws<IOException>(() => Tokenize(failing.Concat(conversations))).Message);

        static TokenizedDataset Tokenize(IEnumerable<ChatConversation> conversations)
            => new ChatDataset(conversations).Tokenize(
                Conversations.Tokenizer, ChatTemplate.LongAlignLlama, new TokenizationOptions { MaxLength = Length - 1, Overlong = OverlongConversation.Throw });
    }

    [Theory]
    [InlineData(23, "‹s›[INST]abcdef[/INST]«xyz»")]
    [InlineData(21, "‹s›[INST]abcdef[/INST]«x»")]
    public void Cutting_on_the_right_takes_the_end(int maxLength, string expected)
    {
        TokenizedDataset dataset = Tokenize(maxLength, OverlongConversation.TruncateRight);
        Assert.Equal(expected, dataset[0].Show());
        AssertRows(dataset.Report.Changed, $"truncated on the right to {maxLength} tokens", "long.jsonl:7: 24 tokens");
        Assert.Empty(dataset.Report.Skipped);
    }

    [Theory]
    [InlineData(23, "‹s›INST]abcdef[/INST]«xyz‹/s›»")]
    [InlineData(17, "‹s›bcdef[/INST]«xyz‹/s›»")]
    public void Departure_TK_14_cutting_on_the_left_keeps_the_answer_and_what_begins_a_sequence(int maxLength, string expected)
    {
        TokenizedDataset dataset = Tokenize(maxLength, OverlongConversation.TruncateLeft);
        Assert.Equal(expected, dataset[0].Show());
        Assert.Equal(maxLength, dataset[0].Length);
        Assert.Contains(dataset.Report.Changed, rows => rows.Examples.Contains("long.jsonl:7: 24 tokens"));
        Assert.Empty(dataset.Report.Skipped);
    }

    [Fact]
    public void Departure_TK_12_cutting_on_the_left_keeps_only_as_many_first_tokens_as_the_tokenizer_has()
    {
        TokenizationOptions options = new() { MaxLength = 8, Overlong = OverlongConversation.TruncateLeft };
        ChatDataset dataset = new([Conversation]);
        Assert.Equal("‹s›ST]«xyz‹/s›»", dataset.Tokenize(Conversations.Tokenizer, ChatTemplate.LongAlignLlama, options)[0].Show());
        Assert.Equal("‹s›[T]«xyz‹/s›»", dataset.Tokenize(Conversations.Tokenizer, ChatTemplate.LongAlignLlamaReference, options)[0].Show());
    }

    [Fact]
    public void Dropping_leaves_the_conversation_out_and_says_which_and_why()
    {
        TokenizedDataset dataset = Tokenize(Length - 1, OverlongConversation.Drop);
        Assert.Equal("‹s›[INST]a[/INST]«b‹/s›»", Assert.Single(dataset.All()).Show());
        AssertRows(dataset.Report.Skipped, "more than 23 tokens", "long.jsonl:7: 24 tokens");
        Assert.Empty(dataset.Report.Changed);
    }

    [Fact]
    public void Departure_TK_14_a_conversation_whose_answer_is_cut_away_is_reported()
    {
        TokenizedDataset dataset = Tokenize(Length - 4, OverlongConversation.TruncateRight);
        Assert.Equal("‹s›[INST]a[/INST]«b‹/s›»", Assert.Single(dataset.All()).Show());
        AssertRows(dataset.Report.Skipped, "truncated on the right to 20 tokens, and no target token is left", "long.jsonl:7: 24 tokens");
        Assert.Empty(dataset.Report.Changed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1)]
    public void A_longest_length_without_room_for_text_is_refused(int maxLength)
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => Tokenize(maxLength, OverlongConversation.TruncateLeft));
        Assert.Contains($"The longest length is {maxLength}; expected more than the 1 tokens that begin a sequence", error.Message, StringComparison.Ordinal);
    }

    private static void AssertRows(IReadOnlyList<ReportedRows> rows, string reason, string example)
    {
        ReportedRows reported = Assert.Single(rows);
        Assert.Equal((reason, 1L), (reported.Reason, reported.Count));
        Assert.Equal([example], reported.Examples);
    }

    private static TokenizedDataset Tokenize(int maxLength, OverlongConversation policy) => new ChatDataset([Conversation, Other]).Tokenize(
        Conversations.Tokenizer, ChatTemplate.LongAlignLlama, new TokenizationOptions { MaxLength = maxLength, Overlong = policy });
}
