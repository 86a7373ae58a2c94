using System.Text.Json;
using CsCheck;
using LongAlign.Data;
using LongAlign.Evaluation.Judging;

namespace LongAlign.Evaluation.Tests.Judging;

public sealed class MiddleTruncationTests
{
    private static readonly ModelTokenizer Llama = ModelTokenizer.Load(Path.Combine(AppContext.BaseDirectory, "data", "tiny-llama"));
    private static readonly ModelTokenizer CodePoints = new(new CodePointTokenizer(), [], endOfSequenceId: 0, vocabularySize: 2_000_000);

    [Fact]
    public void What_is_kept_is_what_the_reference_keeps()
    {
        JsonElement[] cases = [.. Golden.ReadJson("judge", "cases.json").GetProperty("middle_truncation").EnumerateArray()];
        Assert.NotEmpty(cases);
        foreach (JsonElement @case in cases)
        {
            string prompt = @case.GetProperty("prompt").GetString()!;
            int max = @case.GetProperty("max_length").GetInt32();
            if (max < 2)
            {
                // The reference keeps the whole text then: Python's last 0 are all.
                Assert.Throws<ArgumentOutOfRangeException>(() => MiddleTruncation.Cut(prompt, CodePoints, max));
                continue;
            }

            TruncatedText cut = MiddleTruncation.Cut(prompt, CodePoints, max);
            Assert.Equal(@case.GetProperty("used_prompt").GetString(), cut.Text);
            Assert.Equal(@case.GetProperty("tokens").GetInt32(), cut.OriginalTokenCount);
        }
    }

    /// <summary>Emoji and Chinese are several tokens of this tokenizer, so that cuts fall within characters.</summary>
    [Fact]
    public void A_cut_text_is_the_whole_without_the_recorded_cut_fits_and_has_whole_characters()
        => Gen.Select(Gen.OneOf([.. ((string[])["the ", "龙", "🐉", "and then, ", "é", "\n"]).Select(Gen.Const)]).Array[0, 80], Gen.Int[2, 60]).Sample((parts, max) =>
        {
            string text = string.Concat(parts);
            TruncatedText cut = MiddleTruncation.Cut(text, Llama, max);
            Assert.Equal(text.Remove(cut.CutStart, cut.CutLength), cut.Text);
            Assert.InRange(Llama.CountTokens(cut.Text), 0, max);
            Assert.DoesNotContain('\uFFFD', cut.Text);
            for (int i = 0; i < cut.Text.Length; i++)
            {
                Assert.Equal(char.IsHighSurrogate(cut.Text[i]), i + 1 < cut.Text.Length && char.IsLowSurrogate(cut.Text[i + 1]));
            }

            Assert.Equal(Llama.CountTokens(text) <= max, cut.CutLength == 0);
        }, iter: 300, threads: 1);

    [Fact]
    public void A_prompt_leaves_room_for_template_and_answer()
    {
        string question = string.Concat(Enumerable.Repeat("So it went on, 龙 and 🐉. ", 100)) + "Why?";
        TruncatedText cut = MiddleTruncation.CutPrompt(question, Llama, ChatTemplate.LongAlignLlama, maxTokens: 200, answerTokens: 50);
        int tokens = ChatTemplate.LongAlignLlama.EncodePrompt(Llama, new ChatMessage("user", cut.Text)).Length;
        Assert.InRange(tokens, 135, 150);
        Assert.EndsWith("Why?", cut.Text, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => MiddleTruncation.CutPrompt(question, Llama, ChatTemplate.LongAlignLlama, 60, 55));
    }
}
