using LongAlign.Data;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongContextStep;

/// <summary>A pack of real conversations, one of them about many documents at once.</summary>
internal static class LongPack
{
    public static ISequenceDataset Load(string folder, int capacity)
    {
        ModelTokenizer tokenizer = ModelTokenizer.Load(Path.Combine(folder, "tiny-llama"));
        ChatConversation[] conversations = [.. ChatJsonLines.Read(Path.Combine(folder, "long.jsonl")), .. ChatJsonLines.Read(Path.Combine(folder, "short.jsonl"))];
        int[] lengths = Tokenize(conversations).Lengths.ToArray();

        // Documents that together fill more than half of the pack go into one message; the task of the last is the one to answer.
        List<int> together = [];
        int tokens = 0;
        for (int i = 0; i < lengths.Length && tokens <= capacity / 2; i++)
        {
            if (tokens + lengths[i] <= capacity)
            {
                together.Add(i);
                tokens += lengths[i];
            }
        }

        ChatMessage documents = new("user", string.Join("\n\n", together.Select(i => conversations[i].Messages[0].Content)));
        IEnumerable<ChatConversation> others = conversations.Where((_, i) => !together.Contains(i));
        ISequenceDataset all = Tokenize([new ChatConversation([documents, .. conversations[together[^1]].Messages.Skip(1)], "documents together"), .. others]);

        PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(all.Lengths, capacity, OverlongPolicy.Drop);
        int[] members = plan.Select(pack => pack.Indices.ToArray()).First(pack => pack.Contains(0));
        return new InMemoryDataset(members.Select(i => Read(all, i)));

        ISequenceDataset Tokenize(IEnumerable<ChatConversation> chats)
            => new ChatDataset(chats).Tokenize(tokenizer, ChatTemplate.LongAlignLlama, maxLength: 1 << 20);
    }

    private static TokenSequence Read(ISequenceDataset dataset, int index)
    {
        long[] ids = new long[dataset.Lengths[index]];
        long[] labels = new long[ids.Length];
        dataset.CopyTo(index, 0, ids, labels);
        return new TokenSequence([.. ids.Select(id => (int)id)], [.. labels.Select(label => (int)label)]);
    }
}
