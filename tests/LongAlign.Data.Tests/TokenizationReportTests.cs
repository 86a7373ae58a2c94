using CsCheck;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Data.Tests;

public sealed class TokenizationReportTests
{
    private static readonly ChatConversation[] Mixed =
    [
        Conversations.Of("a", "b") with { Source = "a.jsonl(1)" },
        Conversations.Of("a", "") with { Source = "a.jsonl(2)" },
        Conversations.Of("a question that is rather long", "b") with { Source = "a.jsonl(3)" },
        Conversations.Of("c", "defg") with { Source = "b.jsonl(1)" },
        Conversations.Of("no answer") with { Source = "b.jsonl(2)" },
    ];

    [Fact]
    public void The_report_says_what_became_of_every_conversation()
    {
        TokenizedDataset dataset = Tokenize(Mixed, new TokenizationOptions { MaxLength = 19, Overlong = OverlongPolicy.TruncateRight, SkipInvalid = true });
        TokenizationReport report = dataset.Report;
        Assert.Equal(["‹s›[INST]a[/INST]«b‹/s›»", "‹s›[INST]c[/INST]«defg»"], dataset.All().Select(sequence => sequence.Show()));
        Assert.Equal((5, 2, 17L + 19, 2L + 4), (report.ConversationCount, report.SequenceCount, report.TokenCount, report.TargetCount));
        Assert.Equal(["b.jsonl(1)"], report.Truncated);
        Assert.Equal(
            [
                new("a.jsonl(2)", "no target token is left"),
                new("a.jsonl(3)", "truncated to 19 tokens, and no target token is left"),
                new("b.jsonl(2)", "there are 1 messages; expected a conversation that ends with an answer."),
            ],
            report.Skipped);
    }

    [Fact]
    public void The_report_as_text_counts_and_gives_every_reason_once()
    {
        ChatConversation[] conversations = [.. Mixed, Conversations.Of("a", "") with { Source = "b.jsonl(3)" }];
        string[] lines = Tokenize(conversations, new TokenizationOptions { SkipInvalid = true }).Report.ToString().Split(Environment.NewLine);
        Assert.Equal(
            [
                "3 of 6 conversations, 83 tokens, 9 targets, 0 truncated",
                "skipped 2: no target token is left (first: a.jsonl(2))",
                "skipped 1: there are 1 messages; expected a conversation that ends with an answer. (first: b.jsonl(2))",
            ],
            lines);
    }

    [Fact]
    public void A_conversation_that_the_template_has_no_place_for_is_an_error_unless_skipping_is_asked_for()
    {
        ChatDataException error = Assert.Throws<ChatDataException>(() => Tokenize(Mixed, new TokenizationOptions()));
        Assert.StartsWith("b.jsonl(2): there are 1 messages", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dataset_of_which_nothing_is_left_is_an_error_that_says_why()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => Tokenize([Mixed[1]], new TokenizationOptions()));
        Assert.Contains("The dataset is empty: 0 of 1 conversations", error.Message, StringComparison.Ordinal);
        Assert.Contains("skipped 1: no target token is left (first: a.jsonl(2))", error.Message, StringComparison.Ordinal);
        Assert.Contains("0 of 0 conversations", Assert.Throws<ArgumentException>(() => Tokenize([], new TokenizationOptions())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_any_conversations_each_is_a_sequence_or_skipped_with_a_reason_and_the_order_stays()
    {
        Gen<ChatConversation[]> conversations = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 12], Gen.Int[0, 4]).Array[1, 40].Select(shapes => shapes.Select((shape, i) =>
            Conversations.Of([.. Enumerable.Range(0, shape.Item1).Select(m => new string('x', m % 2 == 0 ? shape.Item2 : shape.Item3))]) with { Source = $"file({i})" }).ToArray());
        Gen<OverlongPolicy> policies = Gen.OneOf(OverlongPolicy.TruncateRight, OverlongPolicy.TruncateLeft, OverlongPolicy.Drop);
        Gen.Select(conversations, policies, Gen.Int[2, 40]).Sample((read, policy, maxLength) =>
        {
            // One more that fits always, so that the dataset is not empty.
            ChatConversation[] all = [.. read, new ChatConversation([new("user", ""), new("assistant", "z")], "last")];
            TokenizedDataset dataset = Tokenize(all, new TokenizationOptions { MaxLength = Math.Max(maxLength, 15 + 2), Overlong = policy, SkipInvalid = true });
            TokenizationReport report = dataset.Report;
            string[] skipped = [.. report.Skipped.Select(s => s.Source)];
            Assert.Equal((all.Length, dataset.Count), (report.ConversationCount, report.SequenceCount));
            Assert.Equal(all.Length, dataset.Count + skipped.Length);
            Assert.All(report.Skipped, s => Assert.NotEmpty(s.Reason));
            Assert.Equal(dataset.All().Sum(s => (long)s.Length), report.TokenCount);
            Assert.Equal(dataset.All().Sum(s => (long)s.TargetCount), report.TargetCount);

            // What was kept is, in order, what was not skipped: a whole one's targets tell which it is.
            ChatConversation[] kept = [.. all.Where(c => !skipped.Contains(c.Source))];
            Assert.Equal(dataset.Count, kept.Length);
            for (int i = 0; i < kept.Length; i++)
            {
                if (!report.Truncated.Contains(kept[i].Source))
                {
                    Assert.Equal(Conversations.Tokenize(kept[i], ChatTemplate.LongAlignLlama).Show(), dataset[i].Show());
                }
            }
        }, iter: 200);
    }

    private static TokenizedDataset Tokenize(ChatConversation[] conversations, TokenizationOptions options)
        => new ChatDataset(conversations).Tokenize(Conversations.Tokenizer, ChatTemplate.LongAlignLlama, options);
}
