using LongAlign.Sequences;

namespace LongAlign.Data;

/// <summary>
/// Turns a conversation into ids and labels. Each segment is tokenized on its own, so that an answer has the same tokens in training as
/// when it is generated after its prompt; answers and the end token behind them are targets.
/// </summary>
internal sealed class ChatTokenizer(ModelTokenizer tokenizer, ChatTemplate template)
{
    public (int[] InputIds, int[] Labels) Tokenize(ChatConversation conversation)
    {
        List<int> ids = [.. tokenizer.PrefixIds];
        List<int> labels = [.. Enumerable.Repeat(TokenSequence.IgnoreIndex, ids.Count)];
        bool endIsDue = false;
        foreach (ChatSegment segment in template.Render(conversation))
        {
            foreach (int id in tokenizer.Tokenizer.EncodeToIds(segment.Text))
            {
                Add(id, segment.IsAnswer ? id : TokenSequence.IgnoreIndex);
            }

            if (segment.IsAnswer)
            {
                // The reference labels whatever comes next with the end token.
                endIsDue = template.IsReference;
                if (!template.IsReference)
                {
                    Add(tokenizer.EndOfSequenceId, EndLabel());
                }
            }
        }

        if (template.IsReference)
        {
            Add(tokenizer.EndOfSequenceId, TokenSequence.IgnoreIndex);
            MaskEndsWithoutAnswer(labels);
        }

        return ([.. ids], [.. labels]);

        void Add(int id, int label)
        {
            ids.Add(id);
            labels.Add(endIsDue ? tokenizer.EndOfSequenceId : label);
            endIsDue = false;
        }

        // An empty answer teaches nothing; least of all to say nothing.
        int EndLabel() => labels[^1] == TokenSequence.IgnoreIndex ? TokenSequence.IgnoreIndex : tokenizer.EndOfSequenceId;
    }

    private void MaskEndsWithoutAnswer(List<int> labels)
    {
        for (int t = labels.Count - 1; t > 0; t--)
        {
            if (labels[t] == tokenizer.EndOfSequenceId && labels[t - 1] == TokenSequence.IgnoreIndex)
            {
                labels[t] = TokenSequence.IgnoreIndex;
            }
        }
    }
}
