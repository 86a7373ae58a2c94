using LongAlign.Data;
using LongAlign.Sequences;

namespace LongAlign.Samples;

/// <summary>The conversations of <c>samples/data</c>, which the build copies beside the program, as token sequences.</summary>
internal static class SampleConversations
{
    /// <summary>The most tokens of a conversation; none is cut.</summary>
    public const int MaxLength = 8_192;

    /// <summary>Gets the folder of the tiny Llama without weights, and of its tokenizer.</summary>
    public static string ModelFolder { get; } = Path.Combine(AppContext.BaseDirectory, "data", "tiny-llama");

    /// <summary>Loads one in <paramref name="oneOf"/> of 600 conversations, to train on.</summary>
    public static ISequenceDataset LoadTraining(int oneOf) => Load(oneOf, "short.jsonl", "long.jsonl");

    /// <summary>Loads one in <paramref name="oneOf"/> of 40 conversations, for evaluation only.</summary>
    public static ISequenceDataset LoadHeldOut(int oneOf) => Load(oneOf, "eval.jsonl");

    private static InMemoryDataset Load(int oneOf, params string[] files)
    {
        TokenizedDataset all = ChatDataset.Load([.. files.Select(file => Path.Combine(AppContext.BaseDirectory, "data", file))])
            .Tokenize(ModelTokenizer.Load(ModelFolder), ChatTemplate.LongAlignLlama, MaxLength);

        // Every fourth, say, by length, which keeps the shape of the distribution; then in an order where long and short ones mix.
        int[] kept = [.. Enumerable.Range(0, all.Count).OrderByDescending(i => all[i].Length).Where((_, place) => place % oneOf == 0)];
        new Random(42).Shuffle(kept);
        return new InMemoryDataset(kept.Select(i => all[i]));
    }
}
