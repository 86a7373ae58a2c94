using System.Collections.Concurrent;
using LongAlign.Sequences;

namespace LongAlign.Data;

/// <summary>
/// Turns a conversation into ids and labels. Each segment is tokenized on its own, so that an answer has the same tokens in training as
/// when it is generated after its prompt, unless it joins the one before it; answers and the end token behind them are targets.
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

    public ModelTokenizer Tokenizer => _tokenizer;

    public ChatTemplate Template => _template;

    /// <summary>Ids and labels of a conversation, within the longest length; of each turn, where the template wants that.</summary>
    /// <exception cref="ChatDataException">The conversation has no place in the template, or is too long where that is an error.</exception>
    public IReadOnlyList<TokenizedConversation> Tokenize(ChatConversation conversation)
    {
        SequenceBuffer buffer = _idle.TryTake(out SequenceBuffer? used) ? used : new SequenceBuffer();
        IReadOnlyList<TokenizedConversation> results = conversation.Text is { } text
            ? [Tokenize(SegmentsOf(text), conversation.Source, isText: true, buffer)]
            : Tokenize(Render(conversation), buffer);
        _idle.Add(buffer);
        return results;
    }

    /// <summary>The ids of a conversation up to where an answer is to begin.</summary>
    public int[] TokenizePrompt(ChatConversation conversation)
    {
        IReadOnlyList<ChatSegment> segments = Strip(_template.RenderPrompt(Prepare(conversation), _tokenizer.SpecialTokenFinder));
        SequenceBuffer buffer = new();
        buffer.Ids.AddRange(_prefix);
        for (int i = 0, end; i < segments.Count; i = end)
        {
            end = EndOfGroup(segments, i);
            AddIds(segments, i, end, buffer);
            if (segments[i].IsAnswer)
            {
                buffer.Ids.Add(_endOfTurn);
            }
        }

        return [.. buffer.Ids];
    }

    private IReadOnlyList<ChatSegment> Strip(IReadOnlyList<ChatSegment> segments)
        => _template is JinjaChatTemplate ? StrippedSegments.Of(segments, _tokenizer.StrippingTokens) : segments;

    private ChatConversation Prepare(ChatConversation conversation)
        => _template.Fit(_options.ConsecutiveRoles == ConsecutiveRoles.Merge ? ConversationTurns.Merge(conversation) : conversation);

    private IReadOnlyList<TrainingChat> Render(ChatConversation conversation)
        => _template.RenderForTraining(Prepare(conversation), _tokenizer.SpecialTokenFinder, _options);

    private TokenizedConversation[] Tokenize(IReadOnlyList<TrainingChat> chats, SequenceBuffer buffer)
    {
        TokenizedConversation[] results = new TokenizedConversation[chats.Count];
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = Tokenize(chats[i], buffer);
        }

        return results;
    }

    private TokenizedConversation Tokenize(TrainingChat chat, SequenceBuffer buffer)
    {
        TokenizedConversation result = Tokenize(Strip(chat.Segments), chat.Source, isText: false, buffer);
        return chat.Change is null ? result : result with { Changes = [.. result.Changes, (chat.Change, chat.Detail)] };
    }

    /// <summary>Text is one for the tokenizer, whatever of it is learned.</summary>
    private IReadOnlyList<ChatSegment> SegmentsOf(PlainText text)
    {
        ChatSegment completion = new(text.Completion) { IsTarget = true, Joins = text.Prompt.Length > 0 };
        return text.Prompt.Length == 0 ? [completion] : [new ChatSegment(text.Prompt) { IsTarget = _options.LossOn == LossOn.Everything }, completion];
    }

    private TokenizedConversation Tokenize(IReadOnlyList<ChatSegment> segments, string source, bool isText, SequenceBuffer buffer)
    {
        buffer.Clear();
        int borderTokens = Join(segments, source, isText, buffer);
        TokenizedConversation result = new(source) { BorderTokens = borderTokens };
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
                    buffer.Remove(isText ? _tokenizer.Prefix.Length : KeptLeft(buffer), excess);
                    result = result with { Reason = $"truncated on the left to {_options.MaxLength} tokens" };
                    break;
                case OverlongConversation.Drop:
                    return result with { Reason = $"more than {_options.MaxLength} tokens" };
                default:
                    throw new ChatDataException(
                        source, "too long", $"the conversation has {buffer.Ids.Count} tokens; expected {_options.MaxLength} at the most. It may be truncated or dropped instead.");
            }
        }

        TokenSequence sequence = buffer.ToSequence();
        return sequence.TargetCount > 0
            ? result with { Sequence = sequence }
            : result with { Reason = result.Reason is null ? NoTarget : $"{result.Reason}, and {NoTarget}" };
    }

    /// <summary>The number of first tokens that are never cut, whether the tokenizer or the template puts them there.</summary>
    private int KeptLeft(SequenceBuffer buffer)
    {
        int kept = _keptLeft;
        while (!_template.BeginsWithPrefix && kept < Math.Min(_tokenizer.Prefix.Length, _options.MaxLength - 1) && buffer.Ids[kept] == _tokenizer.Prefix[kept])
        {
            kept++;
        }

        bool beginsByTemplate = kept == 0 && _template.BeginningToken is { } begin && _tokenizer.SpecialTokens.TryGetValue(begin, out int id) && buffer.Ids[0] == id;
        return beginsByTemplate && _options.MaxLength > 1 ? 1 : kept;
    }

    /// <summary>Behind the last segment that is tokenized with one.</summary>
    private static int EndOfGroup(IReadOnlyList<ChatSegment> segments, int start)
    {
        int end = start + 1;
        while (end < segments.Count && segments[end].Joins)
        {
            end++;
        }

        return end;
    }

    /// <summary>Adds the ids of segments that are one text, or of one segment.</summary>
    private void AddIds(IReadOnlyList<ChatSegment> segments, int start, int end, SequenceBuffer buffer)
    {
        ChatSegment first = segments[start];
        if (first.IsSpecial)
        {
            buffer.Ids.Add(_tokenizer.SpecialTokens[first.Text]);
        }
        else
        {
            _tokenizer.AddIds(end == start + 1 ? buffer.Read(first) : TextOf(segments, start, end), Continues(segments, start), buffer.Ids);
        }
    }

    /// <summary>A model's own template has the whole text: what follows a special token there follows it for the tokenizer.</summary>
    private bool Continues(IReadOnlyList<ChatSegment> segments, int at)
        => segments[at].Continues || (!_template.BeginsWithPrefix && _template is JinjaChatTemplate && at > 0 && segments[at - 1].IsSpecial && _tokenizer.ContinuesBehindAddedTokens);

    private static string TextOf(IReadOnlyList<ChatSegment> segments, int start, int end)
        => string.Concat(Enumerable.Range(start, end - start).Select(i => segments[i].Text));

    /// <summary>Lays the segments together.</summary>
    /// <returns>The number of tokens across a border of what is learned.</returns>
    private int Join(IReadOnlyList<ChatSegment> segments, string source, bool isText, SequenceBuffer buffer)
    {
        int borderTokens = 0;
        bool endIsDue = false;
        bool isReference = _template.IsReference && !isText;
        buffer.Ids.AddRange(isText ? _tokenizer.Prefix : _prefix);
        Label(isTarget: false);
        for (int i = 0, end; i < segments.Count; i = end)
        {
            ChatSegment segment = segments[i];
            end = EndOfGroup(segments, i);
            if (end > i + 1)
            {
                borderTokens += JoinedText.Add(segments, i, end, Continues(segments, i), _tokenizer, _options.BorderTokens, source, buffer);
                continue;
            }

            int start = buffer.Ids.Count;
            AddIds(segments, i, end, buffer);
            int length = buffer.Ids.Count - start;
            Label(segment.IsTarget);
            if (!segment.IsTarget && !segment.IsAnswer)
            {
                buffer.Prompts.Add((start, length));
            }

            if (!segment.IsAnswer)
            {
                continue;
            }

            // The reference labels whatever comes next with the end token.
            endIsDue = isReference && segment.IsTarget;
            if (!isReference)
            {
                buffer.Ids.Add(_endOfTurn);
                Label(isTarget: length > 0 && segment.IsTarget); // An empty answer teaches nothing; least of all to say nothing.
            }
        }

        if (isText)
        {
            buffer.Ids.Add(_tokenizer.EndOfSequenceId);
            Label(isTarget: segments[^1].Text.Length > 0);
        }
        else if (isReference)
        {
            buffer.Ids.Add(_endOfTurn);
            Label(isTarget: false);
            MaskEndsWithoutAnswer(buffer.Labels);
        }

        return borderTokens;

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
