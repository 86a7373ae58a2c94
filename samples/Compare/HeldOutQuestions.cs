using LongAlign.Data;
using LongAlign.Evaluation.Comparisons;
using LongAlign.Evaluation.Judging;

namespace Compare;

/// <summary>The questions of <c>eval.jsonl</c>, which no training has seen, scored by words in common with the reference answer.</summary>
internal static class HeldOutQuestions
{
    /// <summary>The first round of each conversation.</summary>
    public static JudgeCase[] From(ChatDataset chats)
        => [.. chats.Select((chat, i) => new JudgeCase { Id = $"{i + 1}", Prompt = chat.Messages[0].Content, Query = LastParagraph(chat.Messages[0].Content), Answer = chat.Messages[1].Content, Language = "en", Examples = [] })];

    /// <summary>Pairs two models' answers.</summary>
    public static IEnumerable<PairedScore> Score(IReadOnlyList<CaseAnswer> a, IReadOnlyList<CaseAnswer> b, Func<string, int> countTokens)
        => a.Zip(b, (ofA, ofB) => new PairedScore(ofA.Case.Id, Score(ofA), Score(ofB))
        {
            Length = countTokens(ofA.Case.Prompt),
            Task = TaskOf(ofA.Case.Query),
            MissingReason = string.Join("; ", new[] { ofA.MissingReason, ofB.MissingReason }.OfType<string>()),
        });

    private static double? Score(CaseAnswer answer) => answer.Text is null ? null : ReferenceMatch.Overlap(answer.Text, answer.Case.Answer);

    private static string TaskOf(string query)
        => query.Contains("sentence", StringComparison.OrdinalIgnoreCase) ? "repeat a sentence"
            : query.Any(char.IsAsciiDigit) && query.Length < 30 ? "arithmetic"
            : "fact";

    private static string LastParagraph(string text) => text[(text.LastIndexOf("\n\n", StringComparison.Ordinal) is var at && at < 0 ? 0 : at + 2)..];
}
