namespace LongAlign.Data;

/// <summary>The policy for conversations that have too many tokens.</summary>
public enum OverlongConversation
{
    /// <summary>
    /// The middle of its longest prompt is cut out, so that the question before or behind the document and all answers stay whole. Where
    /// prompts are too short for that, the conversation is left out and counted.
    /// </summary>
    CutDocument,

    /// <summary>The last tokens are cut off, often the answer with them.</summary>
    TruncateRight,

    /// <summary>The first tokens are cut off, but for those that begin a sequence.</summary>
    TruncateLeft,

    /// <summary>The conversation is left out and counted.</summary>
    Drop,

    /// <summary>Tokenization fails with an error that names the conversation.</summary>
    Throw,
}
