using LongAlign.Data;
using LongAlign.Models;
using LongAlign.Models.Generation;

namespace LongContextSft;

/// <summary>The trained model's answer to a conversation that it has not seen.</summary>
internal static class Answer
{
    private const int MaxNewTokens = 64;
    private const int ShownCharacters = 300;

    /// <summary>Answers the first held-out prompt that the model has room for, greedily, and prints it beside the answer that was expected.</summary>
    public static async Task PrintAsync(CausalLanguageModel model, ModelTokenizer tokenizer, ChatTemplate template, ChatDataset heldOut, CancellationToken cancellationToken)
    {
        foreach (ChatConversation chat in heldOut)
        {
            ChatMessage[] prompt = [.. chat.Messages.SkipLast(1)];
            int[] ids = template.EncodePrompt(tokenizer, prompt);
            if (ids.Length + MaxNewTokens > model.MaxPositions)
            {
                continue;
            }

            GenerationOptions options = new() { MaxNewTokens = MaxNewTokens, StopTokenIds = [.. model.Config.StopTokenIds, tokenizer.EndOfSequenceId] };
            GeneratedSequence answer = (await new TokenGenerator(model).GenerateAsync([ids], options, cancellationToken))[0];
            Console.WriteLine($"A held-out prompt of {ids.Length:N0} tokens ({chat.Source}):");
            Console.WriteLine($"  question  {Shorten(prompt[^1].Content)}");
            Console.WriteLine($"  expected  {Shorten(chat.Messages[^1].Content)}");
            Console.WriteLine($"  answered  {Shorten(tokenizer.Decode([.. answer.TokenIds]))}  ({answer.GeneratedTokenCount} tokens, {answer.FinishReason})");
            return;
        }

        Console.WriteLine("No held-out prompt leaves room for an answer; none is shown.");
    }

    /// <summary>A text on one line, the middle left out where it is long: questions stand before or behind documents.</summary>
    private static string Shorten(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        return line.Length <= ShownCharacters ? line : $"{line[..(ShownCharacters / 2)]} … {line[^(ShownCharacters / 2)..]}";
    }
}
