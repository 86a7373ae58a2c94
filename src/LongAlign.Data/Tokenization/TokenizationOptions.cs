namespace LongAlign.Data;

/// <summary>The options of turning conversations into token sequences.</summary>
public sealed record TokenizationOptions
{
    /// <summary>Gets the most tokens of a sequence.</summary>
    /// <value>No limit by default.</value>
    public int MaxLength { get; init; } = int.MaxValue;

    /// <summary>Gets the policy for longer conversations.</summary>
    /// <value><see cref="OverlongConversation.CutDocument"/> by default.</value>
    public OverlongConversation Overlong { get; init; }

    /// <summary>Gets whether a conversation that the template has no place for is skipped and reported.</summary>
    /// <value>False by default: it is an error.</value>
    public bool SkipInvalid { get; init; }

    /// <summary>Gets the part of a conversation that is learned.</summary>
    /// <value><see cref="LossOn.AllAssistant"/> by default. Of text without messages, the completion is, or with <see cref="LossOn.Everything"/> all.</value>
    public LossOn LossOn { get; init; }

    /// <summary>Gets the policy where a model's own template leaves out the thoughts of earlier turns.</summary>
    /// <value><see cref="EarlierThoughts.NotLearned"/> by default.</value>
    public EarlierThoughts EarlierThoughts { get; init; }

    /// <summary>Gets the policy for consecutive messages of the same role.</summary>
    /// <value><see cref="ConsecutiveRoles.Refuse"/> by default.</value>
    public ConsecutiveRoles ConsecutiveRoles { get; init; }

    /// <summary>Gets the policy for tokens across the border of what is learned, with a model's own template.</summary>
    /// <value><see cref="BorderTokens.ByFirstCharacter"/> by default.</value>
    public BorderTokens BorderTokens { get; init; }

    /// <summary>Gets the number of conversations tokenized at a time: by threads of the pool, and by the thread that enumerates, which tokenizes while it would wait.</summary>
    /// <value>The machine's processors by default.</value>
    public int MaxConcurrency { get; init; } = Environment.ProcessorCount;

    /// <summary>Gets who is told how far it is, about once a second.</summary>
    /// <value>Nobody by default.</value>
    public IProgress<TokenizationProgress>? Progress { get; init; }
}
