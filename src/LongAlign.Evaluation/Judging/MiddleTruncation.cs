using LongAlign.Data;
using LongAlign.Evaluation.Texts;

namespace LongAlign.Evaluation.Judging;

/// <summary>Cuts the middle out of a text that is too long: the beginning has the task's words, the end the question.</summary>
internal static class MiddleTruncation
{
    /// <summary>Keeps the first and the last tokens of a text, half of them each, in whole characters.</summary>
    /// <param name="text">The text.</param>
    /// <param name="tokenizer">Counts tokens.</param>
    /// <param name="maxTokens">The most tokens of what is left, at least 2; an odd one is not used, as in the reference.</param>
    /// <returns>At most that many tokens, counted after the cut.</returns>
    /// <exception cref="InvalidOperationException">The tokenizer does not give a text back, so that no cut can be found with it.</exception>
    public static TruncatedText Cut(string text, ModelTokenizer tokenizer, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 2);
        IReadOnlyList<int> ids = tokenizer.Encode(text);
        if (ids.Count <= maxTokens)
        {
            return new TruncatedText { Text = text, OriginalTokenCount = ids.Count, CutStart = 0, CutLength = 0 };
        }

        for (int half = maxTokens / 2; ; half--)
        {
            int begin = TokenCut.PrefixLength(tokenizer, text, ids, half);
            int end = Math.Max(begin, TokenCut.SuffixStart(tokenizer, text, ids, half));
            string left = string.Concat(text.AsSpan(0, begin), text.AsSpan(end));
            if (half == 0 || tokenizer.CountTokens(left) <= maxTokens)
            {
                return new TruncatedText { Text = left, OriginalTokenCount = ids.Count, CutStart = begin, CutLength = end - begin };
            }
        }
    }

    /// <summary>Cuts a question so that its template and the answer have room.</summary>
    /// <param name="question">The user's text.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="template">The model's template.</param>
    /// <param name="maxTokens">The most tokens of prompt and answer together.</param>
    /// <param name="answerTokens">The most tokens of the answer.</param>
    /// <returns>The question; with the template at most <paramref name="maxTokens"/> - <paramref name="answerTokens"/> tokens, counted.</returns>
    /// <exception cref="ArgumentException">Template and answer leave no room.</exception>
    public static TruncatedText CutPrompt(string question, ModelTokenizer tokenizer, ChatTemplate template, int maxTokens, int answerTokens)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        int room = maxTokens - answerTokens;
        int limit = room - Count("");
        while (limit >= 2)
        {
            TruncatedText cut = Cut(question, tokenizer, limit);
            int tokens = Count(cut.Text);
            if (tokens <= room)
            {
                return cut;
            }

            limit -= tokens - room;
        }

        throw new ArgumentException($"{maxTokens} tokens leave no room for a question beside its template and an answer of {answerTokens}.", nameof(maxTokens));

        int Count(string text) => template.EncodePrompt(tokenizer, new ChatMessage("user", text)).Length;
    }
}
