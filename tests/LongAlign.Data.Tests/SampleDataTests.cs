using System.Globalization;
using System.Text.RegularExpressions;
using LongAlign.Sequences;

namespace LongAlign.Data.Tests;

/// <summary>The chats of samples/data are what their README says: long-tailed, within the capacity, and with true answers.</summary>
public sealed partial class SampleDataTests
{
    private static readonly ModelTokenizer Tokenizer = ModelTokenizer.Load(SampleData.TinyLlama);

    [Theory]
    [InlineData("long")]
    [InlineData("short")]
    [InlineData("eval")]
    public void Every_conversation_becomes_a_sequence_within_capacity_and_vocabulary(string name)
    {
        ChatConversation[] conversations = Read(name);
        TokenizedDataset dataset = Tokenize(name);
        Assert.Equal(conversations.Length, dataset.Count);
        Assert.Empty(dataset.Report.Skipped);
        Assert.Empty(dataset.Report.Changed);
        foreach (TokenSequence sequence in dataset.All())
        {
            Assert.InRange(sequence.Length, 1, SampleData.Capacity);
            Assert.Equal(-1, sequence.InputIds.IndexOfAnyExceptInRange(0, Tokenizer.VocabularySize - 1));
            Assert.Equal(1, sequence.InputIds.Count(1));
            Assert.DoesNotContain(0, sequence.InputIds.ToArray());
            Assert.True(sequence.TargetCount > 1);
        }
    }

    [Fact]
    public void Nine_of_ten_are_short_and_the_longest_fill_the_capacity()
    {
        int[] lengths = [.. Tokenize("long").Lengths, .. Tokenize("short").Lengths];
        Assert.InRange(lengths.Count(length => length < 1_000) / (double)lengths.Length, 0.88, 0.92);
        Assert.InRange(lengths.Max(), 7_900, SampleData.Capacity);
        Assert.True(lengths.Where(length => length >= 1_000).Sum() > lengths.Where(length => length < 1_000).Sum(), "Most tokens are in long conversations.");
    }

    [Fact]
    public void Conversations_to_evaluate_are_not_trained_on()
    {
        string[] training = [.. Read("long").Concat(Read("short")).Select(Text)];
        string[] evaluation = [.. Read("eval").Select(Text)];
        Assert.Empty(evaluation.Intersect(training));
        Assert.Equal(training.Length, training.Distinct().Count());
        Assert.Equal(evaluation.Length, evaluation.Distinct().Count());

        // Long documents: none begins like another.
        string[] begins = [.. Read("long").Concat(Read("eval")).Select(Text).Where(text => text.Length > 4_000).Select(text => text[..100])];
        Assert.Equal(begins.Length, begins.Distinct().Count());
    }

    [Theory]
    [InlineData("long")]
    [InlineData("short")]
    [InlineData("eval")]
    public void Answers_to_be_found_in_the_text_stand_there_once_as_whole_sentences(string name)
    {
        int found = 0;
        foreach ((string source, string document, string task, string answer) in Read(name).SelectMany(Rounds).Where(round => round.Document.Length > 0))
        {
            string before = Follows().Match(task).Groups[1].Value;
            bool isTrue = task switch
            {
                _ when before.Length > 0 => document.Split(before).Length == 2 && document.Split(before)[1].TrimStart().StartsWith(answer, StringComparison.Ordinal),
                _ when task.StartsWith("Repeat the first sentence", StringComparison.Ordinal) => document.StartsWith(answer, StringComparison.Ordinal),
                "Repeat the last sentence of this text." => document.EndsWith(answer, StringComparison.Ordinal),
                _ => Metadata().IsMatch(answer),
            };
            Assert.True(isTrue, $"{source}: {task} {answer}");
            if (!Metadata().IsMatch(answer))
            {
                Assert.True(Sentence().IsMatch(answer) && !Abbreviation().IsMatch(answer), $"{source}: '{answer}' is no whole sentence.");
                found++;
            }
        }

        Assert.True(found > 0);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("eval")]
    public void Arithmetic_and_letters_are_right(string name)
    {
        int checkedAnswers = 0;
        foreach ((string source, _, string task, string answer) in Read(name).SelectMany(Rounds))
        {
            string? expected = Expected(task);
            Assert.True(expected is null || answer == expected, $"{source}: {task} {answer}");
            checkedAnswers += expected is null ? 0 : 1;
        }

        Assert.True(checkedAnswers > 5);
    }

    private static string? Expected(string task)
    {
        if (Sum().Match(task) is { Success: true } sum)
        {
            (int a, int b) = (Number(sum.Groups[1]), Number(sum.Groups[3]));
            return $"{a} {sum.Groups[2]} {b} is {sum.Groups[2].Value switch { "plus" => a + b, "minus" => a - b, _ => a * b }}.";
        }

        if (Count().Match(task) is { Success: true } count)
        {
            return string.Join(", ", Enumerable.Range(Number(count.Groups[1]), 10)) + ".";
        }

        string word = Word().Match(task).Groups[1].Value;
        return word.Length == 0 ? null
            : task.StartsWith("Spell", StringComparison.Ordinal) ? string.Join('-', word.ToUpperInvariant().ToCharArray()) + "."
            : task.StartsWith("Write", StringComparison.Ordinal) ? string.Concat(word.Reverse()) + "."
            : $"The word \"{word}\" has {word.Length} letters.";
    }

    private static int Number(Group digits) => int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture);

    private static ChatConversation[] Read(string name) => [.. ChatJsonLines.Read(SampleData.Chats(name))];

    private static TokenizedDataset Tokenize(string name)
        => ChatDataset.Load(SampleData.Chats(name)).Tokenize(Tokenizer, ChatTemplate.LongAlignLlama, SampleData.Capacity);

    private static string Text(ChatConversation conversation) => string.Join('\n', conversation.Messages.Select(message => message.Content));

    /// <summary>The document of a question, if it has one, the task behind it and the answer.</summary>
    private static IEnumerable<(string Source, string Document, string Task, string Answer)> Rounds(ChatConversation conversation)
    {
        for (int i = 0; i < conversation.Messages.Count; i += 2)
        {
            string question = conversation.Messages[i].Content;
            int border = question.LastIndexOf("\n\n", StringComparison.Ordinal);
            yield return (conversation.Source, border < 0 ? "" : question[..border], border < 0 ? question : question[(border + 2)..], conversation.Messages[i + 1].Content);
        }
    }

    [GeneratedRegex("^Which sentence of this text follows this one\\? \"(.+)\"$")]
    private static partial Regex Follows();

    [GeneratedRegex("^(This address was given by [A-Z].+|It was given in [0-9]{4} by [A-Z].+|The title of this chapter is \".+\"|This is chapter [0-9]+ of Moby Dick, \".+\")\\.$")]
    private static partial Regex Metadata();

    [GeneratedRegex("^[A-Z][^.!?\\n\"]{18,}[a-z][.!?]$")]
    private static partial Regex Sentence();

    [GeneratedRegex("\\b([A-Za-z]|Mr|Mrs|Dr|St|Gen|Hon|No|etc)\\.$")]
    private static partial Regex Abbreviation();

    [GeneratedRegex("^What is ([0-9]+) (plus|minus|times) ([0-9]+)\\?$")]
    private static partial Regex Sum();

    [GeneratedRegex("^Count from ([0-9]+) to [0-9]+\\.$")]
    private static partial Regex Count();

    [GeneratedRegex("^(?:How many letters has|Spell|Write) the word \"([a-z]+)\"(?:\\?|\\.| backwards\\.)$")]
    private static partial Regex Word();
}
