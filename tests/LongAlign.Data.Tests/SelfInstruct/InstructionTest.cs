using LongAlign.Data.SelfInstruct;
using LongAlign.Requests;
using LongAlign.Requests.Tests;

namespace LongAlign.Data.Tests.SelfInstruct;

/// <summary>Documents whose questions and answers are known beforehand.</summary>
internal static class InstructionTest
{
    public static LongInstructionOptions Options => new()
    {
        Answers = new SamplingOptions { Model = "m", MaxOutputTokens = 100 },
        CountTokens = text => text.Length / 4,
        MinTokens = 10,
        MaxTokens = 1_000,
        Requests = RequestTest.Quick,
    };

    public static SourceDocument[] Documents(int count)
        => [.. Enumerable.Range(0, count).Select(i => new SourceDocument($"doc {i}", $"Document {i} tells of ship{i}, harbour{i} and captain{i}. {new string('x', 40 + (i * 13 % 500))}", $"file, line {i}"))];

    /// <summary>Answers requests for questions with five, and any other text with an answer that names it.</summary>
    public static string Answer(string text)
    {
        string name = text.Split(' ')[1];
        return IsForQuestions(text)
            ? string.Join('\n', Enumerable.Range(1, 5).Select(n => $"{n}: Where did captain{name} sail in the {n * 7}th week of harbour{name}, word{n}a{name} word{n}b{name}?"))
            : $"He sailed to port{name}.";
    }

    public static bool IsForQuestions(string text) => text.EndsWith("5: ", StringComparison.Ordinal);
}
