using CsCheck;
using LongAlign.Data.SelfInstruct;
using LongAlign.Requests;

namespace LongAlign.Data.Tests.SelfInstruct;

public class TextChecksTests
{
    private static readonly LongInstructionOptions Options = new() { Answers = new SamplingOptions { Model = "m" }, CountTokens = text => text.Length };

    [Theory]
    [InlineData("I'm sorry, but I can't help with that.")]
    [InlineData("I’m sorry, but the text is too long.")]
    [InlineData("I cannot answer this question.")]
    [InlineData("As an AI language model, I have no opinion.")]
    [InlineData("The document does not mention the envoy's age.")]
    [InlineData("Unfortunately, the text doesn't say.")]
    [InlineData("I do not have access to the document.")]
    [InlineData("很抱歉，我无法回答这个问题。")]
    [InlineData("文中没有提到使者的年龄。")]
    [InlineData("根据文档内容，无法得知。")]
    [InlineData("作为一个人工智能语言模型，我没有观点。")]
    public void Refusals_are_known(string answer) => Assert.Equal(DropReason.Refusal, Check(answer));

    [Theory]
    [InlineData("The envoy said: \"I'm sorry, but I can't stay.\"")]
    [InlineData("I can summarize it so: the senate refused.")]
    [InlineData("The document mentions three ships; it does not mention their names.")]
    [InlineData("本文没有采用传统方法，而是提出了新的框架。")]
    [InlineData("我国在2020年实现了目标。")]
    public void Answers_are_no_refusals(string answer) => Assert.Null(Check(answer));

    [Theory]
    [InlineData("", "stop", DropReason.EmptyAnswer)]
    [InlineData(" \n", null, DropReason.EmptyAnswer)]
    [InlineData("An answer that is", "length", DropReason.CutAnswer)]
    [InlineData("An answer that is", "MAX_TOKENS", DropReason.CutAnswer)]
    [InlineData("", "length", DropReason.CutAnswer)]
    [InlineData("", "content_filter", DropReason.Refusal)]
    [InlineData("An answer.", null, null)]
    public void Empty_and_cut_answers_are_known(string answer, string? finish, DropReason? reason) => Assert.Equal(reason, Check(answer, finish));

    [Fact]
    public void Checks_can_be_turned_off()
    {
        LongInstructionOptions options = Options with { DropRefusals = false, DropEmptyAnswers = false };
        Assert.Null(AnswerChecks.Check(new ModelReply { Text = "I'm sorry", FinishReason = "stop", Model = "m", Usage = default }, options));
        Assert.Null(AnswerChecks.Check(new ModelReply { Text = "", FinishReason = "stop", Model = "m", Usage = default }, options));
        Assert.Equal(DropReason.CutAnswer, AnswerChecks.Check(new ModelReply { Text = "I'm sorry", FinishReason = "length", Model = "m", Usage = default }, options)); // ever
        Assert.Equal(DropReason.CutAnswer, AnswerChecks.Check(new ModelReply { Text = "It is", FinishReason = "content_filter", Model = "m", Usage = default }, options));
    }

    [Theory]
    [InlineData("Who was president in 1920?", "Woodrow Wilson was president in 1920.", "It was Wilson, Woodrow Wilson.", 1)]
    [InlineData("Who was president in 1920?", "Woodrow Wilson.", "unknown", 0)]
    [InlineData("谁是总统？", "威尔逊。", "总统是威尔逊。", 1)]
    [InlineData("Who?", "Alpha beta gamma delta", "alpha BETA", 0.5)]
    public void What_is_known_without_the_document_is_a_share_of_words(string question, string answer, string guess, double share)
        => Assert.Equal(share, AnswerChecks.ShareKnown(question, answer, guess));

    [Fact]
    public void A_piece_of_an_evaluation_text_is_found_whatever_its_case_and_punctuation()
    {
        EvaluationOverlap overlap = new(["The quick brown fox jumps over the lazy dog while all the cats watch it run away.", "学而时习之不亦说乎有朋自远方来不亦乐乎", "Who?"], 13);
        Assert.True(overlap.IsIn("He said that THE QUICK, brown fox jumps -- over the lazy dog (while all the cats) stood by."));
        Assert.False(overlap.IsIn("The quick brown fox jumps over the lazy dog while all the dogs watch it run away."));
        Assert.True(overlap.IsIn("子曰：“学而时习之，不亦说乎？有朋自远方来。”"));
        Assert.False(overlap.IsIn("Who? Who? Who?"));
        Assert.False(overlap.IsIn(""));
    }

    [Fact]
    public void The_likeness_of_questions_is_their_Jaccard_index()
    {
        // Runs of two words, of n words in all, k of them changed at the end.
        Gen.Select(Gen.Int[20, 60], Gen.Int[0, 60]).Sample((words, changed) =>
        {
            changed = Math.Min(changed, words);
            string[] first = [.. Enumerable.Range(0, words).Select(i => $"w{i}")];
            string[] second = [.. first[..^changed], .. Enumerable.Range(0, changed).Select(i => $"x{i}")];
            int shared = Math.Max(0, words - changed - 1);
            double jaccard = (double)shared / ((2 * (words - 1)) - shared);
            QuestionMemory memory = new(0.8);
            Assert.Null(memory.FindOrAdd("first", string.Join(' ', first)));
            string? found = memory.FindOrAdd("second", string.Join(' ', second));

            // 128 hashes: the standard deviation at 0.8 is 0.035.
            Assert.True(jaccard is > 0.66 and < 0.94 || (found == "first") == (jaccard >= 0.8), $"{jaccard}: {found}");
        }, iter: 300, threads: 1);
    }

    private static DropReason? Check(string answer, string? finish = "stop") => AnswerChecks.Check(new ModelReply { Text = answer, FinishReason = finish, Model = "m", Usage = default }, Options);
}
