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

        // As many documents in one message as fill more than half of the pack; the task of the last is the one to answer.
        int count = Enumerable.Range(1, lengths.Length).First(n => lengths[..n].Sum() > (capacity / 2) + (8 * n));
        ChatMessage documents = new("user", string.Join("\n\n", conversations[..count].Select(conversation => conversation.Messages[0].Content)));
        ISequenceDataset all = Tokenize([new ChatConversation([documents, .. conversations[count - 1].Messages.Skip(1)], "documents together"), .. conversations[count..]]);

        PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(all.Lengths, capacity, OverlongPolicy.Drop);
        int[] members = plan.Select(pack => pack.Indices.ToArray()).First(pack => pack.Contains(0));
        return new InMemoryDataset(members.Select(i => Read(all, i)));

        ISequenceDataset Tokenize(IEnumerable<ChatConversation> chats)
            => new ChatDataset(chats).Tokenize(tokenizer, ChatTemplate.LongAlignLlama, maxLength: int.MaxValue);
    }

    private static TokenSequence Read(ISequenceDataset dataset, int index)
    {
        long[] ids = new long[dataset.Lengths[index]];
        long[] labels = new long[ids.Length];
        dataset.CopyTo(index, 0, ids, labels);
        return new TokenSequence([.. ids.Select(id => (int)id)], [.. labels.Select(label => (int)label)]);
    }
}
