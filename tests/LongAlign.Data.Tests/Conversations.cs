using System.Text;
using LongAlign.Sequences;

namespace LongAlign.Data.Tests;

/// <summary>Short ways to write conversations, and to read what became of them.</summary>
internal static class Conversations
{
    public const int Begin = 1;
    public const int End = 2;

    /// <summary>Llama's way: one id begins a sequence.</summary>
    public static ModelTokenizer Tokenizer { get; } = new(new CodePointTokenizer(), [Begin], End, 2_000_000);

    /// <summary>User and assistant in turn.</summary>
    public static ChatConversation Of(params string[] texts)
        => new([.. texts.Select((text, i) => new ChatMessage(i % 2 == 0 ? "user" : "assistant", text))], "chat.jsonl:1");

    public static ChatConversation OfRoles(params (string Role, string Text)[] messages)
        => new([.. messages.Select(message => new ChatMessage(message.Role, message.Text))], "chat.jsonl:1");

    public static TokenSequence Tokenize(ChatConversation conversation, ChatTemplate template)
        => Assert.Single(new ChatDataset([conversation]).Tokenize(Tokenizer, template, int.MaxValue).All());

    public static IEnumerable<TokenSequence> All(this TokenizedDataset dataset) => Enumerable.Range(0, dataset.Count).Select(i => dataset[i]);

    /// <summary>
    /// Ids and labels as text: targets stand in «…», begin and end are ‹s› and ‹/s›, and a label that is not its input stands behind an arrow.
    /// </summary>
    public static string Show(this TokenSequence sequence)
    {
        StringBuilder text = new();
        for (int t = 0; t < sequence.Length; t++)
        {
            (int id, int label) = (sequence.InputIds[t], sequence.Labels[t]);
            text.Append(label == TokenSequence.IgnoreIndex ? Name(id) : label == id ? $"«{Name(id)}»" : $"«{Name(id)}→{Name(label)}»");
        }

        return text.Replace("»«", "").ToString();
    }

    private static string Name(int id) => id switch
    {
        Begin => "‹s›",
        End => "‹/s›",
        _ => new CodePointTokenizer().Decode([id]),
    };
}
