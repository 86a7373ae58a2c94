using CsCheck;
using LongAlign.Sequences;

namespace LongAlign.Data.Tests;

/// <summary>By default the middle of the document goes, and the question and all answers stay.</summary>
public sealed class DocumentCutTests
{
    private const string Question = "Who wrote this?";
    private const string Answer = "Herman Melville wrote it.";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Question_answer_and_template_stay_whole_and_the_cut_is_counted(bool questionFirst)
    {
        string document = string.Concat(Enumerable.Range(0, 500).Select(i => $"{i} "));
        string user = questionFirst ? $"{Question}\n\n{document}" : $"{document}\n\n{Question}";
        ChatConversation chat = Conversations.Of("short", "yes", user, Answer) with { Source = "long.jsonl:3" };
        TokenizedDataset dataset = new ChatDataset([chat]).Tokenize(Conversations.Tokenizer, ChatTemplate.LongAlignLlama, 300);
        string text = dataset[0].Show();
        Assert.Equal(300, dataset[0].Length);
        Assert.StartsWith("‹s›[INST]short[/INST]«yes‹/s›»\n\n[INST]" + (questionFirst ? Question : "0 1 2"), text, StringComparison.Ordinal);
        Assert.EndsWith((questionFirst ? "499 " : Question) + $"[/INST]«{Answer}‹/s›»", text, StringComparison.Ordinal);
        ReportedRows cut = Assert.Single(dataset.Report.Changed);
        Assert.Equal("document cut in the middle to 300 tokens", cut.Reason);
        Assert.StartsWith("long.jsonl:3: ", Assert.Single(cut.Examples), StringComparison.Ordinal);
        Assert.Empty(dataset.Report.Skipped);
    }

    [Fact]
    public void Answers_that_leave_no_room_and_prompts_that_are_no_documents_are_counted_and_left_out()
    {
        ChatConversation chat = Conversations.Of(new string('q', 60), new string('a', 400)) with { Source = "x(1)" };
        TokenizedDataset dataset = new ChatDataset([chat, Conversations.Of("a", "b")]).Tokenize(Conversations.Tokenizer, ChatTemplate.LongAlignLlama, 300);
        Assert.Equal(1, dataset.Count);
        Assert.Equal("more than 300 tokens, and no document long enough to be cut", Assert.Single(dataset.Report.Skipped).Reason);
    }

    [Theory]
    [InlineData(76, 1)] // 1 begins, 64 of the prompt's 200 are kept, 11 are the answer and its end
    [InlineData(75, 0)]
    public void A_prompt_is_cut_to_64_tokens_and_no_further(int maxLength, int rows)
    {
        ChatConversation chat = Conversations.Of(new string('q', 200 - "[INST][/INST]".Length), "ten tokens") with { Source = "x(1)" };
        StreamedSequences sequences = new ChatDataset([chat]).TokenizeStreaming(
            Conversations.Tokenizer, ChatTemplate.LongAlignLlama, new TokenizationOptions { MaxLength = maxLength });
        Assert.Equal(rows, sequences.Count());
    }

    [Fact]
    public void Whatever_the_lengths_all_answers_stay_and_the_limit_holds()
        => Gen.Select(Gen.Int[0, 400].Array[1, 4], Gen.Int[100, 900]).Sample((lengths, maxLength) =>
        {
            ChatConversation chat = Conversations.Of([.. lengths.SelectMany((length, i) => new[] { new string('q', length), $"answer {i}" })]);
            foreach (TokenSequence sequence in new ChatDataset([chat]).TokenizeStreaming(
                Conversations.Tokenizer, ChatTemplate.LongAlignLlama, new TokenizationOptions { MaxLength = maxLength }))
            {
                Assert.InRange(sequence.Length, 1, maxLength);
                Assert.Equal(lengths.Select((_, i) => $"«answer {i}‹/s›»"), sequence.Show().Split('«').Skip(1).Select(part => "«" + part.Split('»')[0] + "»"));
            }
        });

    [Fact]
    public void A_cut_never_falls_within_a_character()
    {
        ModelTokenizer tokenizer = ModelTokenizer.Load(Path.Combine(GoldenFiles.Folder, "small-qwen"));
        string document = string.Concat(Enumerable.Range(0, 300).Select(i => new[] { "😀", "𠀀你", "é" }[i % 3]));
        for (int maxLength = 150; maxLength < 190; maxLength++)
        {
            TokenSequence sequence = new ChatDataset([Conversations.Of(document, "ok")]).Tokenize(tokenizer, ChatTemplate.ChatMl, maxLength)[0];
            Assert.InRange(sequence.Length, maxLength - 8, maxLength);
            Assert.DoesNotContain('\uFFFD', tokenizer.Decode(sequence.InputIds));
        }
    }
}
