using System.Runtime.InteropServices;
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
        (List<int> ids, List<int> labels, TokenizedConversation result) = Join(conversation);
        if (result.Reason is not null && ids.Count == 0)
        {
            return result;
        }

        if (ids.Count > _options.MaxLength)
        {
            string detail = $"{ids.Count} tokens";
            switch (_options.Overlong)
            {
                case OverlongConversation.TruncateRight:
                    Remove(ids, labels, _options.MaxLength, ids.Count - _options.MaxLength);
                    result = result with { Reason = $"truncated on the right to {_options.MaxLength} tokens", Detail = detail };
                    break;
                case OverlongConversation.TruncateLeft:
                    Remove(ids, labels, _keptLeft, ids.Count - _options.MaxLength);
                    result = result with { Reason = $"truncated on the left to {_options.MaxLength} tokens", Detail = detail };
                    break;
                case OverlongConversation.Drop:
                    return result with { Reason = $"more than {_options.MaxLength} tokens", Detail = detail };
                default:
                    throw new ChatDataException(
                        conversation.Source, "too long", $"the conversation has {ids.Count} tokens; expected {_options.MaxLength} at the most. It may be truncated or dropped instead.");
            }
        }

        TokenSequence sequence = new(ids.ToArray(), labels.ToArray());
        return sequence.TargetCount > 0
            ? result with { Sequence = sequence }
            : result with { Reason = result.Reason is null ? NoTarget : $"{result.Reason}, and {NoTarget}" };
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

        List<int> ids = [.. _prefix];
        foreach (TokenSegment segment in segments.Take(last).Select(Encode))
        {
            ids.AddRange(segment.Ids);
            if (segment.IsAnswer)
            {
                ids.Add(_endOfTurn);
            }
        }

        return [.. ids];
    }

    private ChatConversation Prepare(ChatConversation conversation)
        => _options.ConsecutiveRoles == ConsecutiveRoles.Merge ? MessageTurns.Merge(conversation) : conversation;

    private (List<int> Ids, List<int> Labels, TokenizedConversation Result) Join(ChatConversation conversation)
    {
        TokenizedConversation result = new(conversation.Source);
        TokenSegment[] segments = [.. _template.Render(Prepare(conversation)).Select(Encode)];
        int length = _prefix.Length + segments.Sum(segment => segment.Ids.Count + (segment.IsAnswer && !_template.IsReference ? 1 : 0)) + (_template.IsReference ? 1 : 0);
        if (length > _options.MaxLength && _options.Overlong == OverlongConversation.CutDocument)
        {
            string detail = $"{length} tokens";
            if (!DocumentCut.TryCut(segments, length - _options.MaxLength, _tokenizer))
            {
                return ([], [], result with { Reason = $"more than {_options.MaxLength} tokens, and no document long enough to be cut", Detail = detail });
            }

            result = result with { Reason = $"document cut in the middle to {_options.MaxLength} tokens", Detail = detail };
        }

        (List<int> ids, List<int> labels) = Join(segments);
        return (ids, labels, result);
    }

    private TokenSegment Encode(ChatSegment segment)
    {
        IReadOnlyList<int> ids = segment.IsSpecial ? [_tokenizer.SpecialTokens[segment.Text]] : _tokenizer.Encode(segment.Text, segment.Continues);
        return new TokenSegment(ids, segment.IsAnswer);
    }

    private (List<int> Ids, List<int> Labels) Join(TokenSegment[] segments)
    {
        int capacity = _prefix.Length + segments.Sum(segment => segment.Ids.Count + 1);
        List<int> ids = new(capacity);
        List<int> labels = new(capacity);
        bool endIsDue = false;
        Add(_prefix, isTarget: false);
        foreach (TokenSegment segment in segments)
        {
            Add(segment.Ids, segment.IsAnswer);
            if (segment.IsAnswer)
            {
                // The reference labels whatever comes next with the end token.
                endIsDue = _template.IsReference;
                if (!_template.IsReference)
                {
                    Add([_endOfTurn], isTarget: segment.Ids.Count > 0); // An empty answer teaches nothing; least of all to say nothing.
                }
            }
        }

        if (_template.IsReference)
        {
            Add([_endOfTurn], isTarget: false);
            MaskEndsWithoutAnswer(labels);
        }

        return (ids, labels);

        void Add(IReadOnlyList<int> some, bool isTarget)
        {
            int start = ids.Count;
            ids.AddRange(some);
            CollectionsMarshal.SetCount(labels, ids.Count);
            Span<int> added = CollectionsMarshal.AsSpan(labels)[start..];
            if (isTarget)
            {
                CollectionsMarshal.AsSpan(ids)[start..].CopyTo(added);
            }
            else
            {
                added.Fill(TokenSequence.IgnoreIndex);
            }

            if (endIsDue && added.Length > 0)
            {
                added[0] = _endOfTurn;
                endIsDue = false;
            }
        }
    }

    private void MaskEndsWithoutAnswer(List<int> labels)
    {
        for (int t = labels.Count - 1; t > 0; t--)
        {
            if (labels[t] == _endOfTurn && labels[t - 1] == TokenSequence.IgnoreIndex)
            {
                labels[t] = TokenSequence.IgnoreIndex;
            }
        }
    }

    private static void Remove(List<int> ids, List<int> labels, int start, int count)
    {
        ids.RemoveRange(start, count);
        labels.RemoveRange(start, count);
    }
}
