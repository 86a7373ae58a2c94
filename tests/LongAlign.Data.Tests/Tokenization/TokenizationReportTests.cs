using CsCheck;
using LongAlign.Sequences;

namespace LongAlign.Data.Tests;

public sealed class TokenizationReportTests
{
    private static readonly ChatConversation[] Mixed =
    [
        Conversations.Of("a", "b") with { Source = "a.jsonl:1" },
        Conversations.Of("a", "") with { Source = "a.jsonl:2" },
        Conversations.Of("a question that is rather long", "b") with { Source = "a.jsonl:3" },
        Conversations.Of("c", "defg") with { Source = "b.jsonl:1" },
        Conversations.Of("no answer") with { Source = "b.jsonl:2" },
    ];

    [Fact]
    public void The_report_says_what_became_of_every_conversation()
    {
        TokenizedDataset dataset = Tokenize(Mixed, new TokenizationOptions { MaxLength = 19, Overlong = OverlongConversation.TruncateRight, SkipInvalid = true });
        DataReport report = dataset.Report;
        Assert.Equal(["‹s›[INST]a[/INST]«b‹/s›»", "‹s›[INST]c[/INST]«defg»"], dataset.All().Select(sequence => sequence.Show()));
        Assert.Equal((5, 2, 17L + 19, 2L + 4), (report.RowsIn, report.RowsOut, report.TokenCount, report.TargetCount));
        Assert.Equal([("truncated on the right to 19 tokens", 1, "b.jsonl:1: 20 tokens")], Flat(report.Changed));
        Assert.Equal(
            [
                ("no target token is left", 1, "a.jsonl:2"),
                ("truncated on the right to 19 tokens, and no target token is left", 1, "a.jsonl:3: 46 tokens"),
                ("no answer at the end", 1, "b.jsonl:2: there are 1 messages; expected a conversation that ends with an answer."),
            ],
            Flat(report.Skipped));
        Assert.Equal([(16, 31, 2L)], report.Lengths.Classes);
        DataReport reading = Assert.Single(report.Before);
        Assert.Equal(("reading", 5, 5), (reading.Stage, reading.RowsIn, reading.RowsOut));
    }

    [Fact]
    public void The_report_as_text_counts_and_gives_every_reason_once()
    {
        ChatConversation[] conversations = [.. Mixed, Conversations.Of("a", "") with { Source = "b.jsonl:3" }];
        DataReport report = Tokenize(conversations, new TokenizationOptions { SkipInvalid = true }).Report with { Elapsed = TimeSpan.Zero };
        Assert.Equal(
            [
                "reading: 6 of 6 rows",
                "tokenization: 3 of 6 rows, 83 tokens, 9 targets",
                "  skipped 2: no target token is left (a.jsonl:2; b.jsonl:3)",
                "  skipped 1: no answer at the end (b.jsonl:2: there are 1 messages; expected a conversation that ends with an answer.)",
                "         16 to          31 tokens:         2 ##############################",
                "         32 to          63 tokens:         1 ###############",
            ],
            report.ToString().Split(Environment.NewLine));
    }

    [Fact]
    public void Progress_ends_with_all_rows_and_tokens()
    {
        Seen seen = new();
        TokenizedDataset dataset = Tokenize(Mixed, new TokenizationOptions { SkipInvalid = true, Progress = seen });
        Assert.Equal((5, dataset.Report.TokenCount), (seen.Last!.RowCount, seen.Last.TokenCount));
    }

    [Fact]
    public void A_conversation_that_the_template_has_no_place_for_is_an_error_unless_skipping_is_asked_for()
    {
        ChatDataException error = Assert.Throws<ChatDataException>(() => Tokenize(Mixed, new TokenizationOptions()));
        Assert.StartsWith("b.jsonl:2: there are 1 messages", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dataset_of_which_nothing_is_left_is_an_error_that_says_why()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => Tokenize([Mixed[1]], new TokenizationOptions()));
        Assert.Contains("The dataset is empty. reading: 1 of 1 rows", error.Message, StringComparison.Ordinal);
        Assert.Contains("skipped 1: no target token is left (a.jsonl:2)", error.Message, StringComparison.Ordinal);
        Assert.Contains("tokenization: 0 of 0 rows", Assert.Throws<ArgumentException>(() => Tokenize([], new TokenizationOptions())).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Of_any_conversations_each_is_a_sequence_or_skipped_with_a_reason_and_the_order_stays()
    {
        Gen<ChatConversation[]> conversations = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 12], Gen.Int[0, 4]).Array[1, 40].Select(shapes => shapes.Select((shape, i) =>
            Conversations.Of([.. Enumerable.Range(0, shape.Item1).Select(m => new string('x', m % 2 == 0 ? shape.Item2 : shape.Item3))]) with { Source = $"file({i})" }).ToArray());
        Gen<OverlongConversation> policies = Gen.OneOf(OverlongConversation.TruncateRight, OverlongConversation.TruncateLeft, OverlongConversation.Drop);
        Gen.Select(conversations, policies, Gen.Int[2, 40]).Sample((read, policy, maxLength) =>
        {
            // One more that fits always, so that the dataset is not empty.
            ChatConversation[] all = [.. read, new ChatConversation([new("user", ""), new("assistant", "z")], "last")];
            TokenizedDataset dataset = Tokenize(all, new TokenizationOptions { MaxLength = Math.Max(maxLength, 15 + 2), Overlong = policy, SkipInvalid = true });
            DataReport report = dataset.Report;
            Assert.Equal((all.Length, dataset.Count), (report.RowsIn, report.RowsOut));
            Assert.Equal(all.Length, dataset.Count + report.SkippedCount);
            Assert.All(report.Skipped.Concat(report.Changed), rows => Assert.NotEmpty(rows.Reason));
            Assert.Equal(dataset.All().Sum(s => (long)s.Length), report.TokenCount);
            Assert.Equal(dataset.All().Sum(s => (long)s.TargetCount), report.TargetCount);
            Assert.Equal(dataset.Count, report.Lengths.Count);

            // One by one, in order, each is what it is alone.
            TokenizationOptions alone = new() { MaxLength = Math.Max(maxLength, 15 + 2), Overlong = policy, SkipInvalid = true };
            string[] expected = [.. all.SelectMany(c => new ChatDataset([c]).TokenizeStreaming(Conversations.Tokenizer, ChatTemplate.LongAlignLlama, alone)).Select(s => s.Show())];
            Assert.Equal(expected, dataset.All().Select(s => s.Show()));
        }, iter: 200);
    }

    private static IEnumerable<(string, long, string)> Flat(IEnumerable<ReportedRows> rows) => rows.Select(r => (r.Reason, r.Count, Assert.Single(r.Examples)));

    private static TokenizedDataset Tokenize(ChatConversation[] conversations, TokenizationOptions options)
        => new ChatDataset(conversations).Tokenize(Conversations.Tokenizer, ChatTemplate.LongAlignLlama, options);

    private sealed class Seen : IProgress<TokenizationProgress>
    {
        public TokenizationProgress? Last { get; private set; }

        public void Report(TokenizationProgress value) => Last = value;
    }
}
