using System.Collections.Concurrent;
using LongAlign.Sequences;

namespace LongAlign.Data;

/// <summary>
/// Turns a conversation into ids and labels. Each segment is tokenized on its own, so that an answer has the same tokens in training as
/// when it is generated after its prompt; answers and the end token behind them are targets.
/// </summary>
internal sealed class ChatTokenizer
{
    private const string NoTarget = "no target token is left";

    private readonly ModelTokenizer _tokenizer;
    private readonly ChatTemplate _template;
    private readonly TokenizationOptions _options;
    private readonly int[] _prefix;
    private readonly int _keptLeft;
    private readonly int _endOfTurn;
    private readonly ConcurrentBag<SequenceBuffer> _idle = [];

    public ChatTokenizer(ModelTokenizer tokenizer, ChatTemplate template, TokenizationOptions options)
    {
        _tokenizer = tokenizer;
        _template = template;
        _options = options;
        _prefix = template.BeginsWithPrefix ? tokenizer.Prefix : [];
        _keptLeft = template.IsReference ? 2 : _prefix.Length;
        if (options.MaxLength <= _keptLeft)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.MaxLength, $"The longest length is {options.MaxLength}; expected more than the {_keptLeft} tokens that begin a sequence.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxConcurrency, 1, nameof(options));
        string? missing = template.RequiredTokens.FirstOrDefault(token => !tokenizer.SpecialTokens.ContainsKey(token));
        if (missing is not null)
        {
            throw new ArgumentException(
                $"The tokenizer has no special token '{missing}', which the template {template.Name} needs; it has {string.Join(", ", tokenizer.SpecialTokens.Keys.Take(12))}.", nameof(template));
        }

        _endOfTurn = template.EndOfTurn is { } end ? tokenizer.SpecialTokens[end] : tokenizer.EndOfSequenceId;
    }

    /// <summary>Ids and labels of a conversation, within the longest length.</summary>
    /// <exception cref="ChatDataException">The conversation has no place in the template, or is too long where that is an error.</exception>
    public TokenizedConversation Tokenize(ChatConversation conversation)
    {
        SequenceBuffer buffer = _idle.TryTake(out SequenceBuffer? used) ? used : new SequenceBuffer();
        buffer.Clear();
        TokenizedConversation result = Tokenize(conversation, buffer);
        _idle.Add(buffer);
        return result;
    }

    /// <summary>The ids of a conversation up to where an answer is to begin.</summary>
    public int[] TokenizePrompt(ChatConversation conversation)
    {
        ChatConversation answered = conversation with { Messages = [.. conversation.Messages, new ChatMessage(ChatRoles.Assistant, "")] };
        IReadOnlyList<ChatSegment> segments = _template.Render(Prepare(answered));
        int last = segments.Count - 1;
        while (!segments[last].IsAnswer)
        {
            last--;
        }

        SequenceBuffer buffer = new();
        buffer.Ids.AddRange(_prefix);
        foreach (ChatSegment segment in segments.Take(last))
        {
            AddIds(segment, buffer);
            if (segment.IsAnswer)
            {
                buffer.Ids.Add(_endOfTurn);
            }
        }

        return [.. buffer.Ids];
    }

    private ChatConversation Prepare(ChatConversation conversation)
        => _options.ConsecutiveRoles == ConsecutiveRoles.Merge ? MessageTurns.Merge(conversation) : conversation;

    private TokenizedConversation Tokenize(ChatConversation conversation, SequenceBuffer buffer)
    {
        Join(_template.Render(Prepare(conversation)), buffer);
        TokenizedConversation result = new(conversation.Source);
        int excess = buffer.Ids.Count - _options.MaxLength;
        if (excess > 0)
        {
            result = result with { Detail = $"{buffer.Ids.Count} tokens" };
            switch (_options.Overlong)
            {
                case OverlongConversation.CutDocument when DocumentCut.TryCut(buffer, excess, _tokenizer):
                    result = result with { Reason = $"document cut in the middle to {_options.MaxLength} tokens" };
                    break;
                case OverlongConversation.CutDocument:
                    return result with { Reason = $"more than {_options.MaxLength} tokens, and no document long enough to be cut" };
                case OverlongConversation.TruncateRight:
                    buffer.Remove(_options.MaxLength, excess);
                    result = result with { Reason = $"truncated on the right to {_options.MaxLength} tokens" };
                    break;
                case OverlongConversation.TruncateLeft:
                    buffer.Remove(_keptLeft, excess);
                    result = result with { Reason = $"truncated on the left to {_options.MaxLength} tokens" };
                    break;
                case OverlongConversation.Drop:
                    return result with { Reason = $"more than {_options.MaxLength} tokens" };
                default:
                    throw new ChatDataException(
                        conversation.Source, "too long", $"the conversation has {buffer.Ids.Count} tokens; expected {_options.MaxLength} at the most. It may be truncated or dropped instead.");
            }
        }

        TokenSequence sequence = buffer.ToSequence();
        return sequence.TargetCount > 0
            ? result with { Sequence = sequence }
            : result with { Reason = result.Reason is null ? NoTarget : $"{result.Reason}, and {NoTarget}" };
    }

    private void AddIds(ChatSegment segment, SequenceBuffer buffer)
    {
        if (segment.IsSpecial)
        {
            buffer.Ids.Add(_tokenizer.SpecialTokens[segment.Text]);
        }
        else
        {
            _tokenizer.AddIds(buffer.Read(segment), segment.Continues, buffer.Ids);
        }
    }

    private void Join(IReadOnlyList<ChatSegment> segments, SequenceBuffer buffer)
    {
        bool endIsDue = false;
        buffer.Ids.AddRange(_prefix);
        Label(isTarget: false);
        foreach (ChatSegment segment in segments)
        {
            int start = buffer.Ids.Count;
            AddIds(segment, buffer);
            int length = buffer.Ids.Count - start;
            Label(segment.IsAnswer);
            if (!segment.IsAnswer)
            {
                buffer.Prompts.Add(new PromptPart(start, length));
                continue;
            }

            // The reference labels whatever comes next with the end token.
            endIsDue = _template.IsReference;
            if (!_template.IsReference)
            {
                buffer.Ids.Add(_endOfTurn);
                Label(isTarget: length > 0); // An empty answer teaches nothing; least of all to say nothing.
            }
        }

        if (_template.IsReference)
        {
            buffer.Ids.Add(_endOfTurn);
            Label(isTarget: false);
            MaskEndsWithoutAnswer(buffer.Labels);
        }

        void Label(bool isTarget)
        {
            Span<int> added = buffer.Label(isTarget);
            if (endIsDue && added.Length > 0)
            {
                added[0] = _endOfTurn;
                endIsDue = false;
            }
        }
    }

    private void MaskEndsWithoutAnswer(Span<int> labels)
    {
        for (int t = labels.Length - 1; t > 0; t--)
        {
            if (labels[t] == _endOfTurn && labels[t - 1] == TokenSequence.IgnoreIndex)
            {
                labels[t] = TokenSequence.IgnoreIndex;
            }
        }
    }
}
