using CsCheck;
using LongAlign.Sequences;

namespace LongAlign.Data.Tests;

/// <summary>Whatever the texts say, the targets are the answers and their ends.</summary>
public sealed class LabelMaskPropertyTests
{
    private static readonly Gen<string> Texts = Gen.OneOf(
        "a", "b c", "\n\n", "[INST]", "[/INST]", "<s>", "</s>", "[Round 1]", "问：", "😀", "\u200D", "-100").Array[0, 5].Select(string.Concat);

    private static readonly Gen<ChatConversation> Chats = Texts.Array[1, 4].SelectMany(
        questions => Texts.Array[questions.Length].Select(
            answers => Conversations.Of([.. questions.Zip(answers).SelectMany(round => new[] { round.First, round.Second })])));

    private static readonly Gen<ChatTemplate> Templates = Gen.OneOf(ChatTemplate.LongAlignLlama, ChatTemplate.LongAlignChatGlm);

    [Fact]
    public void Targets_are_the_answers_and_their_ends_and_nothing_else()
        => Gen.Select(Chats, Templates).Where((chat, _) => HasTarget(chat)).Sample((chat, template) =>
        {
            TokenSequence sequence = Conversations.Tokenize(chat, template);
            Assert.Equal(Targets(chat), sequence.Labels.ToArray().Where(label => label != TokenSequence.IgnoreIndex));
            Assert.Equal(Prompt(chat, template), new CodePointTokenizer().Decode(sequence.InputIds.ToArray().Where((_, t) => sequence.Labels[t] == TokenSequence.IgnoreIndex)));
            AssertLabelsAreInputs(sequence);
        });

    [Fact]
    public void Labels_are_inputs_or_minus_100_and_no_sequence_is_too_long_however_it_is_cut()
        => Gen.Select(Chats, Templates, Gen.Int[2, 120], Gen.Bool).Where((chat, _, _, _) => HasTarget(chat)).Sample((chat, template, maxLength, left) =>
        {
            TokenSequence whole = Conversations.Tokenize(chat, template);
            TokenizedDataset dataset = new ChatDataset([chat, Conversations.Of("a", "b")]).Tokenize(
                Conversations.Tokenizer,
                template,
                new TokenizationOptions { MaxLength = Math.Max(maxLength, 30), Overlong = left ? OverlongConversation.TruncateLeft : OverlongConversation.TruncateRight });
            foreach (TokenSequence sequence in dataset.All())
            {
                Assert.InRange(sequence.Length, 1, Math.Max(maxLength, 30));
                Assert.Equal(Conversations.Begin, sequence.InputIds[0]);
                AssertLabelsAreInputs(sequence);
            }

            if (dataset.Count == 2)
            {
                Assert.Equal(Math.Min(whole.Length, Math.Max(maxLength, 30)), dataset[0].Length);

                // A cut sequence is a stretch of the whole one, labels and all.
                int rest = dataset[0].Length - 1;
                int start = left ? whole.Length - rest : 1;
                Assert.Equal(whole.InputIds.Slice(start, rest), dataset[0].InputIds[1..]);
                Assert.Equal(whole.Labels.Slice(start, rest), dataset[0].Labels[1..]);
            }
        });

    private static void AssertLabelsAreInputs(TokenSequence sequence)
    {
        for (int t = 0; t < sequence.Length; t++)
        {
            Assert.True(sequence.Labels[t] == TokenSequence.IgnoreIndex || sequence.Labels[t] == sequence.InputIds[t], sequence.Show());
        }
    }

    private static bool HasTarget(ChatConversation chat) => chat.Messages.Where((_, i) => i % 2 == 1).Any(answer => answer.Content.Length > 0);

    private static IEnumerable<int> Targets(ChatConversation chat) => chat.Messages
        .Where((message, i) => i % 2 == 1 && message.Content.Length > 0)
        .SelectMany(answer => answer.Content.EnumerateRunes().Select(rune => 100 + rune.Value).Append(Conversations.End));

    /// <summary>What is not learned, as text.</summary>
    private static string Prompt(ChatConversation chat, ChatTemplate template) => string.Join("\n\n", chat.Messages
        .Where((_, i) => i % 2 == 0)
        .Select((question, round) => template == ChatTemplate.LongAlignLlama
            ? $"[INST]{question.Content}[/INST]"
            : $"[Round {round + 1}]\n\n问：{question.Content}\n\n答："));
}
