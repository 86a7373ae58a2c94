using System.Runtime.ExceptionServices;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Data;

/// <summary>Conversations of one or more files, read when they are enumerated.</summary>
public sealed class ChatDataset
{
    private const string NoTarget = "no target token is left";

    private readonly IEnumerable<ChatConversation> _conversations;

    /// <summary>Takes conversations from anywhere.</summary>
    /// <param name="conversations">Enumerated once for each tokenization.</param>
    public ChatDataset(IEnumerable<ChatConversation> conversations)
    {
        ArgumentNullException.ThrowIfNull(conversations);
        _conversations = conversations;
    }

    /// <summary>Reads JSON Lines files, one after another.</summary>
    /// <param name="paths">The files; see <see cref="ChatJsonLines"/>.</param>
    /// <returns>The dataset; lines are read when it is tokenized.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static ChatDataset Load(params ReadOnlySpan<string> paths)
    {
        if (paths.IsEmpty)
        {
            throw new ArgumentException("There is no path; expected at least one JSON Lines file.", nameof(paths));
        }

        return new ChatDataset(paths.ToArray().Select(ChatJsonLines.Read).ToArray().SelectMany(conversations => conversations));
    }

    /// <summary>Turns every conversation into a token sequence; one that is too long is an error.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="template">The model's chat template.</param>
    /// <param name="maxLength">The most tokens of a sequence.</param>
    /// <returns>The sequences, in order. Conversations without a target token are left out and reported.</returns>
    /// <exception cref="ChatDataException">A conversation is damaged, too long, or has no place in the template; the message names file and line.</exception>
    /// <exception cref="ArgumentException">No sequence comes out.</exception>
    public TokenizedDataset Tokenize(ModelTokenizer tokenizer, ChatTemplate template, int maxLength)
        => Tokenize(tokenizer, template, new TokenizationOptions { MaxLength = maxLength });

    /// <summary>Turns every conversation into a token sequence, on all cores.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="template">The model's chat template.</param>
    /// <param name="options">What happens to conversations that are too long or have no place in the template.</param>
    /// <inheritdoc cref="Tokenize(ModelTokenizer, ChatTemplate, int)" path="/returns|/exception"/>
    public TokenizedDataset Tokenize(ModelTokenizer tokenizer, ChatTemplate template, TokenizationOptions options)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(options);
        int prefix = template.IsReference ? 2 : tokenizer.PrefixIds.Length;
        if (options.MaxLength <= prefix)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.MaxLength, $"The longest length is {options.MaxLength}; expected more than the {prefix} tokens that begin a sequence.");
        }

        ChatTokenizer chatTokenizer = new(tokenizer, template);
        Outcome[] outcomes = [.. Read().AsParallel().AsOrdered().Select(read =>
            read.Conversation is null ? new Outcome("") { Fault = read.Fault } : Tokenize(chatTokenizer, read.Conversation, options, prefix))];
        outcomes.FirstOrDefault(outcome => outcome.Fault is not null)?.Fault!.Throw();

        TokenSequence[] sequences = [.. outcomes.Select(outcome => outcome.Sequence).OfType<TokenSequence>()];
        TokenizationReport report = new()
        {
            ConversationCount = outcomes.Length,
            SequenceCount = sequences.Length,
            TokenCount = sequences.Sum(sequence => (long)sequence.Length),
            TargetCount = sequences.Sum(sequence => (long)sequence.TargetCount),
            Truncated = [.. outcomes.Where(outcome => outcome.IsTruncated && outcome.Sequence is not null).Select(outcome => outcome.Source)],
            Skipped = [.. outcomes.Where(outcome => outcome.Sequence is null).Select(outcome => new SkippedConversation(outcome.Source, outcome.Reason!))],
        };
        return sequences.Length > 0
            ? new TokenizedDataset(new InMemoryDataset(sequences), report)
            : throw new ArgumentException($"The dataset is empty: {report}");
    }

    /// <summary>The conversations, and behind them what went wrong: thrown where it comes to pass, it would hide which of several faults is the first.</summary>
    private IEnumerable<(ChatConversation? Conversation, ExceptionDispatchInfo? Fault)> Read()
    {
        using IEnumerator<ChatConversation> conversations = _conversations.GetEnumerator();
        ExceptionDispatchInfo? fault = null;
        while (fault is null)
        {
            ChatConversation? conversation = null;
            try
            {
                if (!conversations.MoveNext())
                {
                    yield break;
                }

                conversation = conversations.Current;
            }
            catch (Exception e)
            {
                fault = ExceptionDispatchInfo.Capture(e);
            }

            yield return (conversation, fault);
        }
    }

    private static Outcome Tokenize(ChatTokenizer tokenizer, ChatConversation conversation, TokenizationOptions options, int prefix)
    {
        (int[] ids, int[] labels) tokens;
        try
        {
            tokens = tokenizer.Tokenize(conversation);
        }
        catch (ChatDataException e) when (options.SkipInvalid)
        {
            return new Outcome(conversation.Source) { Reason = e.Message[(conversation.Source.Length + 2)..] };
        }
        catch (Exception e)
        {
            return new Outcome(conversation.Source) { Fault = ExceptionDispatchInfo.Capture(e) };
        }

        (int[] ids, int[] labels) = tokens;
        bool isTooLong = ids.Length > options.MaxLength;
        if (isTooLong)
        {
            switch (options.Overlong)
            {
                case OverlongPolicy.TruncateRight:
                    (ids, labels) = (ids[..options.MaxLength], labels[..options.MaxLength]);
                    break;
                case OverlongPolicy.TruncateLeft:
                    Index tail = ^(options.MaxLength - prefix);
                    (ids, labels) = ([.. ids[..prefix], .. ids[tail..]], [.. labels[..prefix], .. labels[tail..]]);
                    break;
                case OverlongPolicy.Drop:
                    return new Outcome(conversation.Source) { Reason = $"more than {options.MaxLength} tokens" };
                default:
                    ChatDataException tooLong = new(
                        $"{conversation.Source}: the conversation has {ids.Length} tokens; expected {options.MaxLength} at the most. It may be truncated or dropped instead.");
                    return new Outcome(conversation.Source) { Fault = ExceptionDispatchInfo.Capture(tooLong) };
            }
        }

        TokenSequence sequence = new(ids, labels);
        return sequence.TargetCount > 0
            ? new Outcome(conversation.Source) { Sequence = sequence, IsTruncated = isTooLong }
            : new Outcome(conversation.Source) { Reason = isTooLong ? $"truncated to {options.MaxLength} tokens, and {NoTarget}" : NoTarget };
    }

    private sealed record Outcome(string Source)
    {
        public TokenSequence? Sequence { get; init; }

        public bool IsTruncated { get; init; }

        public string? Reason { get; init; }

        public ExceptionDispatchInfo? Fault { get; init; }
    }
}
